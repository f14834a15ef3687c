"""The strict reader: what JSON from outside may hold, and every problem at its place."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid
from graft.jsontext import StrictReader, text_problem

READER = StrictReader()
Found = list[tuple[str, str]]


def _problems(data: bytes | str, reader: StrictReader = READER) -> Found:
    with pytest.raises(Invalid) as caught:
        reader.read(data)
    msgspec.json.encode(caught.value.problems.found)  # a reply can carry them
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "invalid-json"),
        (b" \n", "invalid-json"),
        (b"{", "invalid-json"),
        (b"{'a': 1}", "invalid-json"),
        (b"[1,]", "invalid-json"),
        (b"1 2", "invalid-json"),
        (b'"\t"', "invalid-json"),
        (b'"\x00"', "invalid-json"),
        (b"01", "invalid-json"),
        (b"+1", "invalid-json"),
        (b".5", "invalid-json"),
        (b"1.", "invalid-json"),
        (b"nul", "invalid-json"),
        (b"NaN", "invalid-json"),
        (b"-Infinity", "invalid-json"),
        (b'"\\x"', "invalid-json"),
        (b'"\\u00g0"', "invalid-json"),
        (b"\xef\xbb\xbf\xef\xbb\xbf1", "invalid-json"),
        (b'"\xff"', "not-utf-8"),
        (b'{"\xc3\x28": 1}', "not-utf-8"),
        (b'"\xed\xa0\x80"', "not-utf-8"),
        ('{"a": 1}'.encode("utf-16"), "not-utf-8"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 100_000, "too-deep"),
        (b"9" * 1_001, "out-of-range"),
        (b"-" + b"9" * 1_001, "out-of-range"),
        (b"1e1001", "out-of-range"),
        (b"1e-1001", "out-of-range"),
        (b"1e-99999999999999999999", "out-of-range"),
        (b"0." + b"1" * 1_000, "out-of-range"),
        (b'"\\u0000"', "invalid-text"),
        (b'"\\ud800"', "invalid-text"),
    ],
)
def test_what_is_wrong_with_the_whole_is_one_problem(data: bytes, code: str):
    assert _problems(data) == [("", code)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1, "a": 1}', [("/a", "duplicate-key")]),
        (b'{"x": [{}, {"a/b": 1, "a/b": 2, "a/b": 3}]}', [("/x/1/a~1b", "duplicate-key")]),
        (rb'{"\u0061": 1, "a": 2}', [("/a", "duplicate-key")]),
        (rb'{"a": "\u0000"}', [("/a", "invalid-text")]),
        (rb'{"a\u0000": 1}', [("/a�", "invalid-text")]),
        (rb'["\ude00\ud800"]', [("/0", "invalid-text")]),
        (rb'["\\ud83d\ude00"]', [("/0", "invalid-text")]),
        (rb'{"\ud800": 1}', [("/�", "invalid-text")]),
        (rb'{"\ud800": 1, "\ud800": 2}', [("/�", "duplicate-key"), ("/�", "invalid-text")]),
        (rb'{"a": 1, "a": ["\u0000"], "b": "\ud800"}', [("/a", "duplicate-key"), ("/a/0", "invalid-text"), ("/b", "invalid-text")]),
        (b'{"a": [Infinity, 1e2000], "b": NaN}', [("/a/0", "invalid-json"), ("/a/1", "out-of-range"), ("/b", "invalid-json")]),
        (b'{"a": %s, "b": 1}' % (b"9" * 5_000), [("/a", "out-of-range")]),
        (b'{"a": 1, "a": 2, "b": 1e2000, "b": "x"}', [("/a", "duplicate-key"), ("/b", "duplicate-key")]),
    ],
)  # fmt: skip
def test_what_json_leaves_open_is_refused_at_its_place(data: bytes, expected: Found):
    assert _problems(data) == expected


@pytest.mark.parametrize("text", ['{"a":}', '{"a" 1}', '["\t"]', "[1", '{"a":1} x', "[tru]", '{"a": 1, "a": 2,}'])
def test_an_error_of_syntax_stands_alone_and_names_line_and_column(text: str):
    with pytest.raises(Invalid, match=r"^This is no JSON: .+ \(line 1, column \d+\)\.$"):
        READER.read(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_as_many_levels_as_the_bound_are_read_and_one_more_is_not(opening: str, closing: str):
    assert READER.read(opening * 32 + "1" + closing * 32) is not None
    step = "/0" if opening == "[" else "/a"
    assert _problems(opening * 33 + "1" + closing * 33) == [(step * 32, "too-deep")]
    assert _problems(opening * 33 + "1" + closing * 33, StrictReader(depth=2)) == [(step * 2, "too-deep")]


def test_each_place_that_nests_too_deep_is_told_and_what_stands_in_it_is_not():
    text = '{"a": [[]], "b": [], "c": [{"d": "\\u0000", "d": 1}], "e": "\\u0000"}'
    assert _problems(text, StrictReader(depth=2)) == [
        ("/a/0", "too-deep"), ("/c/0", "too-deep"), ("/e", "invalid-text"),
    ]  # fmt: skip


@pytest.mark.parametrize("levels", [33, 500, 900, 990, 1_000, 5_000])
def test_what_nests_too_deep_is_told_so_however_it_goes_on(levels: int):
    assert _problems("[" * levels + "tru") == [("", "too-deep")]
    assert _problems('[{"x": [' * levels + '"') == [("", "too-deep")]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "[" * 100 + '"',
        '["' + "[{" * 50 + '\\"[[[", 1',
        '"' + "[" * 100,
        '["' + "[" * 100 + "\\",
        "[]" * 100,
        '{"a": [], "b": [' + "[], " * 100,
    ],
)
def test_brackets_in_texts_and_side_by_side_are_not_nested(text: str):
    assert _problems(text) == [("", "invalid-json")]


def test_a_pair_of_surrogates_is_one_character():
    assert READER.read(rb'"\ud83d\ude00"') == "😀"
    assert READER.read('{"😀": "é"}') == {"😀": "é"}


@pytest.mark.parametrize("text", ['"\ud800"', '"a\udfff"', '"\ud83d\\ude00"', '"\\ud83d\ude00"', '{"\ud83d": 1}'])
def test_a_surrogate_that_stands_in_text_as_it_is_is_refused(text: str):
    assert [code for _, code in _problems(text)] == ["invalid-text"]


def test_a_byte_order_mark_is_passed_over():
    assert READER.read(b"\xef\xbb\xbf[]") == []
    assert READER.read("\ufeff[]") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9" * 1_000, int("9" * 1_000)),
        ("-" + "9" * 1_000, -int("9" * 1_000)),
        ("-12345678901234567890", -12345678901234567890),
        ("1.0", Decimal("1.0")),
        ("1e400", Decimal("1e400")),
        ("0.1000", Decimal("0.1000")),
        ("-0." + "1" * 999, Decimal("-0." + "1" * 999)),
        ("1" * 1_000 + "e0", Decimal("1" * 1_000)),
    ],
    ids=[
        "thousand",
        "minus",
        "past 64 bits",
        "of zero",
        "exponent",
        "trailing zeros",
        "fraction",
        "beside an exponent",
    ],
)
def test_numbers_keep_their_digits(text: str, value: Any):
    found = READER.read(text.encode())
    assert (type(found), str(found)) == (type(value), str(value))


def test_a_reader_has_the_bounds_that_it_was_made_with():
    narrow = StrictReader(digits=3, exponent=5, text=4)
    assert narrow.read('{"abcd": ["efgh", -999, 1.25, 1e5, 1e-5]}')
    assert _problems('{"abcde": ["efghi", -1000, 1.250, 1e6, 1e-6]}', narrow) == [
        ("/abcde", "too-long"), ("/abcde/0", "too-long"),
        *((f"/abcde/{at}", "out-of-range") for at in range(1, 5)),
    ]  # fmt: skip


def test_who_asks_is_told_how_fractions_were_written():
    spelled: dict[Decimal, str] = {}
    StrictReader(spelled=spelled.__setitem__).read('[1.50, 1E+2, 3, {"a": -0.0}]')
    assert [*map(str, spelled)] == ["1.50", "1E+2", "-0.0"]
    assert [*spelled.values()] == ["1.50", "1E+2", "-0.0"]


@pytest.mark.parametrize("most", [1, 100, 300])
def test_a_hostile_number_of_problems_is_told_in_part(most: int):
    data = json.dumps({"k" * 100_000: ["\x00"] * 10_000})
    found = _problems(data, StrictReader(problems=most))
    assert len(found) == most
    assert max(len(pointer) for pointer, _ in found) < 600


@pytest.mark.parametrize(
    ("text", "fine"),
    [("", True), ("é😀", True), ("\t\x01", True), ("a\0", False), ("\ud800", False), ("é\udc00", False)],
)
def test_why_a_text_cannot_be_stored_is_told(text: str, fine: bool):
    assert (text_problem(text) is None) is fine


_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé/~", max_size=3), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_TREES, st.booleans())
@settings(max_examples=60)
def test_what_json_says_is_what_is_read(tree: Any, ascii_only: bool):
    text = json.dumps(tree, ensure_ascii=ascii_only)
    assert READER.read(text.encode()) == tree
    assert READER.read(text) == tree


@given(st.binary(max_size=60) | st.text('{}[]":,\\u0dTtruefalsnl1-.e ', max_size=60).map(str.encode))
@settings(max_examples=200)
def test_no_bytes_end_otherwise_than_in_a_value_or_in_problems(data: bytes):
    try:
        READER.read(data)
    except Invalid as error:
        problems = error.problems
    else:
        return
    assert problems
    msgspec.json.encode(problems.found)
