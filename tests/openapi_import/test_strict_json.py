"""JSON: every digit kept, everything dubious refused with its place."""

from decimal import Decimal

import pytest

from graft import jsontext
from graft.errors import Invalid
from graft.openapi_import.read import read_document
from tests.openapi_import.documents import problems


def test_numbers_keep_their_digits():
    text = b'{"id": 9007199254740993, "huge": 123456789012345678901234567890, "price": 1.0, "small": 0.10}'
    value = read_document(text)
    assert value["price"] == Decimal("1.0")
    assert jsontext.encode(value) == text.replace(b": ", b":").replace(b", ", b",")


def test_an_integer_that_can_be_written_again_is_read():
    digits = b"9" * 4300
    assert jsontext.encode(read_document(b"[%s]" % digits)) == b"[%s]" % digits


def test_all_problems_are_listed_with_their_pointers():
    text = rb"""{"a": {"x": 1, "x": 2}, "b": [NaN, -Infinity], "c/d": "\u0000", "e": "\ud800", "f": 1e99999999999999999999,
                 "g": {"\udfff": 1, "ok": "\ud83d\ude00"}, "h": %s}""" % (b"9" * 5000)
    assert problems(read_document, text) == {
        ("/a/x", "duplicate-key"),
        ("/b/0", "invalid-json"),
        ("/b/1", "invalid-json"),
        ("/c~1d", "invalid-text"),
        ("/e", "invalid-text"),
        ("/f", "out-of-range"),
        ("/g/�", "invalid-text"),
        ("/h", "out-of-range"),
    }


@pytest.mark.parametrize("text", ['{"a":}', '{"a" 1}', '["\t"]', "[1", '{"a":1} x', "[01]", "[+1]", "[.5]", "[tru]"])
def test_a_syntax_error_names_line_and_column(text: str):
    with pytest.raises(Invalid, match=r"line 1, column \d+"):
        read_document(text.encode())


def test_nesting_of_64_is_read_and_65_refused_with_its_place():
    assert read_document(b"[" * 64 + b"]" * 64)
    deep = b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}"
    assert problems(read_document, deep) == {("/a" + "/0" * 63, "too-deep")}


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_bottomless_nesting_is_refused(opening: bytes):
    assert problems(read_document, opening * 200_000) == {("", "too-deep")}


def test_problems_are_listed_up_to_a_limit():
    text = b"{" + b",".join(b'"k%d":0' % (number % 100_000) for number in range(200_000)) + b"}"
    assert len(problems(read_document, text)) == 1_000
