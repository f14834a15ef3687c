"""Bytes to values: detection, gzip, limits."""

import gzip
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid
from graft.openapi_import.limits import LIMITS
from graft.openapi_import.read import read_document
from tests.openapi_import.documents import EXAMPLES, problems

SMALL = replace(LIMITS, document_bytes=100)


def packed(data: bytes) -> bytes:
    """Gzipped, without the moment: parameters must be the same to every worker."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": [1]}',
        b' \n{"a":[1]}',
        b"a: [1]",
        b"{a: [1]}",
        b"---\na:\n- 1\n",
        b"\xef\xbb\xbfa: [1]",
        b'\xef\xbb\xbf{"a":[1]}',
    ],
)
def test_json_and_yaml_are_told_apart_by_content(data: bytes):
    assert read_document(data) == {"a": [1]}


def test_a_json_document_with_a_mistake_is_not_taken_for_yaml():
    assert problems(read_document, b'{"a": 1,}') == {("", "invalid-json")}


def test_a_gzipped_document_is_read_with_all_its_members():
    assert read_document(gzip.compress(b'{"a":') + gzip.compress(b" 1}")) == {"a": 1}


@pytest.mark.parametrize("data", [b"\x1f\x8b", b"\x1f\x8bnonsense", packed(b'{"a": 1}')[:-9], packed(b"1") + b"x"])
def test_broken_gzip_is_refused(data: bytes):
    assert problems(read_document, data) == {("", "invalid-gzip")}


@pytest.mark.parametrize("data", [b"a" * 101, packed(b"a" * 101), packed(b"a" * 60) + packed(b"a" * 60)])
def test_a_document_over_the_limit_is_refused(data: bytes):
    assert problems(read_document, data, SMALL) == {("", "document-too-large")}


def test_a_document_at_the_limit_is_read():
    assert read_document(gzip.compress(b"a" * 100), SMALL) == "a" * 100


def test_a_gzip_bomb_stops_at_the_limit():
    assert problems(read_document, gzip.compress(b"\0" * (LIMITS.document_bytes + 1))) == {("", "document-too-large")}


@pytest.mark.parametrize("data", [b'{"a": "\xff"}', b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\x00\x00\xfe\xff\x00"])
def test_what_is_in_no_encoding_is_refused(data: bytes):
    assert problems(read_document, data) == {("", "not-utf-8")}


def fragments() -> st.SearchStrategy[bytes]:
    """Bytes that look like JSON or YAML more often than random ones."""
    words = ["{", "}", "[", "]", ":", ": ", ",", "\n", "\n  ", "- ", "? ", "&a ", "*a", "!!int ", "!x ", "'", '"', "|\n", ">\n",
             "---\n", "...\n", "#", "%YAML 1.2\n", "1e9", "090", ".nan", "\\u0000", "\\ud800", "<<", "true", "\t", "\x85", "\u2028", "é"]  # fmt: skip
    return st.lists(st.sampled_from(words), max_size=25).map(lambda parts: "".join(parts).encode())


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60) | fragments() | fragments().map(gzip.compress) | fragments().map(lambda text: b'{"' + text)
)
def test_any_bytes_are_read_or_refused(data: bytes):
    try:
        read_document(data)
    except Invalid:
        return


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_document_is_read_or_refused(data: st.DataObject):
    text = bytearray((EXAMPLES / "v1.yaml").read_bytes()[:6_000])
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_document(bytes(text))
    except Invalid:
        return


@pytest.mark.parametrize("data", [b"[" + b"0," * 50 + b"0]", b"- " + b"\n- " * 51])
def test_a_document_of_too_many_values_is_refused(data: bytes):
    few = replace(LIMITS, document_values=51)
    assert problems(read_document, data, few) == {("", "document-too-large")}
    assert len(read_document(data, replace(few, document_values=53))) in {51, 52}
