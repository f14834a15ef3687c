"""Strict JSON: what a body may hold, and every problem at its pointer."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid
from graft.web.json_body import parse_json


def _problems(data: bytes) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse_json(data)
    msgspec.json.encode(caught.value.problems)  # a reply can carry them
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b"[1,]", "not-json"),
        (b"1 2", "not-json"),
        (b'"\t"', "not-json"),
        (b"01", "not-json"),
        (b"NaN", "not-json"),
        (b'{"a": [Infinity]}', "not-json"),
        (b"-Infinity", "not-json"),
        (b'"\xff"', "not-utf-8"),
        (b'{"\xc3\x28": 1}', "not-utf-8"),
        (b'"\xed\xa0\x80"', "not-utf-8"),
        ('{"a": 1}'.encode("utf-16"), "not-utf-8"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 100_000, "too-deep"),
        (b"9" * 1_001, "number-too-large"),
        (b"1e1001", "number-too-large"),
        (b"1e-99999999999999999999", "number-too-large"),
        (b"0." + b"1" * 1_000, "number-too-large"),
    ],
)
def test_what_is_not_json_is_one_problem_of_the_whole(data: bytes, code: str):
    assert _problems(data) == {("", code)}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1, "a": 1}', {("/a", "duplicate-key")}),
        (b'{"x": [{}, {"a/b": 1, "a/b": 2, "a/b": 3}]}', {("/x/1/a~1b", "duplicate-key")}),
        (rb'{"a": "\u0000"}', {("/a", "nul-character")}),
        (rb'{"a\u0000": 1}', {("/a�", "nul-character")}),
        (rb'["\ud800"]', {("/0", "lone-surrogate")}),
        (rb'["\ude00\ud800"]', {("/0", "lone-surrogate")}),
        (rb'{"\ud800": 1}', {("/�", "lone-surrogate")}),
        (rb'{"\ud800": 1, "\ud800": 2}', {("/�", "lone-surrogate"), ("/�", "duplicate-key")}),
        (rb'{"a": 1, "a": ["\u0000"], "b": "\ud800"}', {("/a", "duplicate-key"), ("/a/0", "nul-character"), ("/b", "lone-surrogate")}),
    ],
)  # fmt: skip
def test_what_json_leaves_open_is_refused_at_its_place(data: bytes, expected: set[tuple[str, str]]):
    assert _problems(data) == expected


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_thirty_two_levels_are_read_and_one_more_is_not(opening: str, closing: str):
    assert parse_json((opening * 32 + "1" + closing * 32).encode()) is not None
    (problem,) = _problems((opening * 33 + "1" + closing * 33).encode())
    assert problem == (("/0" if opening == "[" else "/a") * 32, "too-deep")


def test_a_pair_of_surrogates_is_one_character():
    assert parse_json(rb'"\ud83d\ude00"') == "😀"


def test_a_byte_order_mark_is_passed_over():
    assert parse_json(b"\xef\xbb\xbf[]") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9" * 1_000, int("9" * 1_000)),
        ("-12345678901234567890", -12345678901234567890),
        ("1.0", Decimal("1.0")),
        ("1e400", Decimal("1e400")),
        ("0.1000", Decimal("0.1000")),
    ],
    ids=["a thousand digits", "past 64 bits", "a fraction of zero", "a large exponent", "trailing zeros"],
)
def test_numbers_keep_their_digits(text: str, value: Any):
    found = parse_json(text.encode())
    assert (type(found), str(found)) == (type(value), str(value))


def test_a_hostile_number_of_problems_is_told_in_part():
    long_key = "k" * 100_000
    data = json.dumps({long_key: ["\x00"] * 10_000}).encode()
    assert len(_problems(data)) == 100


_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé/~", max_size=3), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_TREES)
@settings(max_examples=60)
def test_what_json_says_is_what_is_read(tree: Any):
    assert parse_json(json.dumps(tree).encode()) == tree


@given(st.binary(max_size=60) | st.text('{}[]":,\\u0dTtruefalsnl1-.e ', max_size=60).map(str.encode))
@settings(max_examples=200)
def test_no_bytes_end_otherwise_than_in_a_value_or_in_problems(data: bytes):
    try:
        parse_json(data)
    except Invalid as error:
        problems = error.problems
    else:
        return
    assert problems
    msgspec.json.encode(problems)
