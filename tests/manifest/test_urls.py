"""Which URLs people may be sent to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest.urls import https_url_problem


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "HTTPS://Example.COM/",
        "https://example.com:8443/a/b.png?x=1&y=[2]#part",
        "https://example.com?x=1",
        "https://a_b.example.com/%20",
        "https://xn--mnchen-3ya.de/",
        "https://example.com./",
        "https://192.0.2.1/",
        "https://[2001:db8::1]:443/",
        "https://localhost/callback",
        "https://example.com/a@b",
        "https://e.com/" + "a" * 2_034,
    ],
)
def test_https_urls_are_taken(text):
    assert https_url_problem(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "start with"),
        ("example.com", "start with"),
        ("http://example.com", "start with"),
        ("javascript:alert(1)", "start with"),
        ("data:text/html,x", "start with"),
        ("//example.com", "start with"),
        ("https:example.com", "start with"),
        ("https:/example.com", "start with"),
        (" https://example.com", "percent-encode"),
        ("https://example.com/a b", "percent-encode"),
        ("https://example.com/\n", "percent-encode"),
        ("https://example.com/\x00", "percent-encode"),
        ("https://example.com\\@evil.example", "percent-encode"),
        ("https://münchen.de", "percent-encode"),
        ('https://example.com/"', "percent-encode"),
        ("https://example.com/{tenant}", "percent-encode"),
        ("https://user:pass@example.com", "user name"),
        ("https://user@example.com", "user name"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://?x", "no host"),
        ("https://:443", "no host"),
        ("https://a..b", "no host"),
        ("https://-a.com", "no host"),
        ("https://" + "a" * 64 + ".com", "no host"),
        ("https://[::1", "no host"),
        ("https://[::g]/", "no host"),
        ("https://[]/", "no host"),
        ("https://a:b/", "no host"),
        ("https://a:65536/", "port"),
        ("https://e.com/" + "a" * 2_035, "characters"),
    ],
)
def test_other_urls_are_told_what_is_wrong(text, said):
    problem = https_url_problem(text)
    assert problem is not None
    assert said in problem


@given(st.text(st.sampled_from("htps:/@.[]#?%\\ a1\n"), max_size=3_000).map("https://".__add__))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(text):
    problem = https_url_problem(text)
    assert problem is None or problem.endswith(".")
