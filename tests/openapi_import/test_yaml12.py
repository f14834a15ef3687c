"""YAML 1.2: the values that JSON would have had, bounded aliases, refusals with places."""

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import jsontext
from graft.errors import Invalid
from graft.openapi_import import yaml12
from graft.openapi_import.read import read_document
from graft.openapi_import.yaml_scalars import UnreadableScalar, plain
from tests.openapi_import.documents import problems


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("090", "090"),
        ("-012", "-012"),
        ("00", "00"),
        ("01.5", "01.5"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("Y", "Y"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("0b11", "0b11"),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("0o14", 12),
        ("0x1F", 31),
        ("9007199254740993", 9007199254740993),
        ("1.0", Decimal("1.0")),
        ("1.", Decimal(1)),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1E+3")),
        ("1.2.3", "1.2.3"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ('"null"', "null"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("!!int 1", 1),
        ("!!float 1.50", Decimal("1.50")),
        ("!!null ''", None),
        ("=", "="),
    ],
)
def test_a_scalar_has_the_value_that_json_would_have(scalar: str, value: Any):
    read = read_document(f"a: {scalar}".encode())["a"]
    assert (read, type(read)) == (value, type(value))


def test_digits_are_kept_in_writing():
    text = b"[1.0, 0.10, 123456789012345678901234567890]"
    assert jsontext.encode(read_document(b"a: " + text)["a"]) == text.replace(b" ", b"")


def test_keys_are_the_text_they_were_written_with():
    text = b"200: a\n1.50: b\non: c\nnull: d\n2024-01-01: e\n'x': f\n~: g\n0x1F: h\n? i\n: j\n"
    assert list(read_document(text)) == ["200", "1.50", "on", "null", "2024-01-01", "x", "~", "0x1F", "i"]


def test_aliases_stand_for_their_anchors():
    assert read_document(b"- &a [1, &b two]\n- *a\n- *b\n- {*b : 3}") == [[1, "two"], [1, "two"], "two", {"two": 3}]


def test_all_problems_are_listed_with_their_pointers():
    text = b'a: 1\na: 2\nb: [.inf, -.INF, .nan]\nc: !custom 1\nd: !!binary aGk=\ne: *nowhere\nf: "x\\0"\ng: !!int x\n200: 1\n"200": 2\nh: !!set {}\n'
    text += b"i: 0x" + b"f" * 4_000 + b"\nj: " + b"9" * 5_000 + b"\nk: 1e99999"
    assert problems(read_document, text) == {
        ("/a", "duplicate-key"),
        ("/b/0", "not-a-number"),
        ("/b/1", "not-a-number"),
        ("/b/2", "not-a-number"),
        ("/c", "unsupported-tag"),
        ("/d", "unsupported-tag"),
        ("/e", "unknown-alias"),
        ("/f", "invalid-text"),
        ("/g", "invalid-scalar"),
        ("/200", "duplicate-key"),
        ("/h", "unsupported-tag"),
        ("/i", "out-of-range"),
        ("/j", "out-of-range"),
        ("/k", "out-of-range"),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"a: [&x [*x]]", ("/a/0/0", "recursive-alias")),
        (b"a: &x\n  b: *x", ("/a/b", "recursive-alias")),
        (b"a: {? [1] : 2}", ("/a", "key-not-text")),
        (b"a: &x [1]\nb: {*x : 2}", ("/b", "key-not-text")),
        (b"a: 1\n---\nb: 2", ("", "several-documents")),
        (b"a: " + b"[" * 500, ("/a" + "/0" * 63, "too-deep")),
        (b"- " * 5000, ("/0" * 64, "too-deep")),
        (b"a: " + b"{b: " * 500, ("/a" + "/b" * 63, "too-deep")),
        (b"a: [1", ("", "invalid-yaml")),
        (b"a: \x01", ("", "invalid-yaml")),
        (b"a: b: c", ("", "invalid-yaml")),
        (b'"\\ud800"', ("", "invalid-yaml")),
    ],
)
def test_what_cannot_be_read_on_is_refused_alone(text: bytes, problem: tuple[str, str]):
    assert problems(read_document, text) == {problem}


def test_an_alias_nests_as_deep_as_its_anchor():
    nested = b"a: &a " + b"[" * 40 + b"]" * 40 + b"\nb: "
    assert read_document(nested + b"[" * 23 + b"*a" + b"]" * 23)
    assert problems(read_document, nested + b"[" * 24 + b"*a" + b"]" * 24) == {("/b" + "/0" * 24, "too-deep")}


def test_a_billion_laughs_are_refused():
    lines = [b"a0: &a0 [%s]" % b",".join([b"lol"] * 10)]
    lines += [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 10)]
    ((_, code),) = problems(read_document, b"\n".join(lines))
    assert code == "too-many-aliases"


def test_many_aliases_to_one_long_text_are_refused():
    text = b"a: &a " + b"x" * 1_000_000 + b"\nb: [" + b",".join([b"*a"] * 20) + b"]"
    assert {code for _, code in problems(read_document, text)} == {"too-many-aliases"}


def test_a_syntax_error_names_line_and_column():
    with pytest.raises(Invalid, match=r"line 3, column 2\)"):
        read_document(b"a: 1\nb: [2\nc: 3\n")


# The writer is of YAML 1.1: it leaves text bare that is a number in 1.2, as `0e0`.
def is_text(scalar: str) -> bool:
    try:
        return not scalar or isinstance(plain(scalar), str)
    except UnreadableScalar:
        return False


written = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).filter(is_text)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | written,
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text("abc:#- é*&", max_size=5), children, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(values, st.booleans())
def test_what_a_yaml_writer_writes_is_read_back(value: Any, flow: bool):
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)
    assert read_document(b"# yaml\n" + text.encode()) == value


@settings(max_examples=100, deadline=None)
@given(values)
def test_json_is_read_alike_as_yaml(value: Any):
    text = jsontext.encode([value])
    assert read_document(b"# yaml\n" + text) == read_document(text)


def test_the_parser_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch):
    text = b"a: &a {b: [090, 1.0, yes], 200: 'x'}\nc: *a\nd: |\n  line\n"
    expected = read_document(text)
    monkeypatch.setattr(yaml12, "_LOADER", yaml.SafeLoader)
    assert read_document(text) == expected
    assert problems(read_document, b'a: "\\ud800"') == {("/a", "invalid-text")}
