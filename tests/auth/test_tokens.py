"""The form of tokens."""

import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.auth.tokens import PREFIXES, Kind, kind_of, new_token, token_hash, token_hint

ALPHABET = string.digits + string.ascii_letters


@pytest.mark.parametrize("kind", PREFIXES)
def test_a_new_token_is_of_its_kind_and_unlike_any_other(kind: Kind):
    made = {new_token(kind) for _ in range(1000)}
    assert len(made) == 1000
    assert {kind_of(token) for token in made} == {kind}
    assert {len(token) for token in made} == {40}


@settings(max_examples=200)
@given(st.integers(0, 39), st.sampled_from(ALPHABET + "_ -"))
def test_one_wrong_character_is_noticed(at: int, character: str):
    token = new_token("secret")
    changed = token[:at] + character + token[at + 1 :]
    assert (kind_of(changed) is not None) == (changed == token)


@settings(max_examples=200)
@given(st.text())
def test_nothing_else_is_a_token(text: str):
    assert kind_of(text) is None


@pytest.mark.parametrize("change", [str.upper, lambda token: token + "\n", lambda token: " " + token, lambda t: t[:-1]])
def test_the_form_is_exact(change: Callable[[str], str]):
    assert kind_of(change(new_token("session"))) is None


def test_another_prefix_makes_another_kind_and_another_hash():
    token = new_token("secret")
    other = "pub_" + token[4:]
    assert kind_of(other) == "publishable"
    assert token_hash(b"k" * 32, other) != token_hash(b"k" * 32, token)
    assert token_hash(b"k" * 32, token) != token_hash(b"l" * 32, token)


def test_a_hint_tells_little():
    token = new_token("secret")
    assert token_hint(token) == f"sec_…{token[-4:]}"
