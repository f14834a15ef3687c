"""YAML that is not of 1.2 and means one thing, and what libyaml reads otherwise than YAML 1.2."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid
from graft.openapi_import.limits import LIMITS
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.read import read_document
from tests.openapi_import.documents import problems


def told(text: bytes) -> set[tuple[str, str]]:
    odd = Oddities(LIMITS)
    read_document(text, odd=odd)
    return {(warning.pointer, warning.code) for warning in odd.warnings}


BASE = b"a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"<<: *a", {"x": 1, "y": 2}),
        (b"<<: *a\n  y: 0", {"x": 1, "y": 0}),
        (b"y: 0\n  <<: *a", {"x": 1, "y": 0}),
        (b"<<: [*a, *b]", {"x": 1, "y": 2, "z": 4}),
        (b"<<: [*b, *a]", {"x": 1, "y": 3, "z": 4}),
        (b"<<: {x: 5}\n  y: 0", {"x": 5, "y": 0}),
        (b"!!merge <<: *a", {"x": 1, "y": 2}),
        (b"<<: *a\n  <<: {z: 1}", {"x": 1, "y": 2, "z": 1}),
        (b"<<:\n  y: 0", {"y": 0}),
        (b"<<: []", {}),
    ],
)
def test_what_a_merge_key_names_is_merged(text: bytes, value: object):
    document = BASE + b"c:\n  " + text
    assert read_document(document)["c"] == value
    assert told(document) == {("/c", "merge-key")}


def test_merged_mappings_are_merged_again():
    assert read_document(BASE + b"c: &c {<<: *a, w: 0}\nd: {<<: *c, x: 9}")["d"] == {"w": 0, "x": 9, "y": 2}


def test_a_quoted_merge_key_and_one_that_names_no_mapping_are_keys():
    assert read_document(BASE + b"c: {'<<': *a}")["c"] == {"<<": {"x": 1, "y": 2}}
    assert told(BASE + b"c: {'<<': *a}") == set()
    assert read_document(b"c: {<<: text}") == {"c": {"<<": "text"}}
    assert told(b"c: {<<: text}") == {("/c/<<", "merge-key")}


def test_two_merge_keys_that_bring_one_key_are_refused():
    assert problems(read_document, BASE + b"c:\n  <<: *a\n  <<: *b") == {("/c", "duplicate-key")}


def test_merges_that_multiply_are_stopped():
    lines = [b"a0: &a0 {%s}" % b", ".join(b"k%d: lol" % n for n in range(10))]
    for n in range(1, 12):
        before = b"*a%d" % (n - 1)
        lines += [b"a%d: &a%d {<<: %s, n%d: [%s]}" % (n, n, before, n, b",".join([before] * 9))]
    ((_, code),) = problems(read_document, b"\n".join(lines))
    assert code == "too-many-aliases"


@pytest.mark.parametrize("text", [b"a: &a\n  <<: *a", b"a: &a {b: {<<: [*a]}}"])
def test_a_mapping_that_merges_itself_is_refused(text: bytes):
    assert {code for _, code in problems(read_document, text)} == {"recursive-alias"}


@pytest.mark.parametrize(
    "text", [b"a: 1\n---\n", b"a: 1\n---\n---\n", b"---\n---\na: 1\n", b"---\na: 1\n...\n---\n# nothing\n...\n"]
)
def test_documents_without_content_are_left_out(text: bytes):
    assert read_document(text) == {"a": 1}
    assert told(text) == {("", "empty-document")}


@pytest.mark.parametrize("text", [b"---\na: 1\n", b"a: 1\n...\n", b"%YAML 1.2\n---\na: 1\n...\n"])
def test_markers_around_the_only_document_are_nothing_odd(text: bytes):
    assert (read_document(text), told(text)) == ({"a": 1}, set())


@pytest.mark.parametrize(
    "text", [b"a: 1\n---\nb: 2\n", b"a: 1\n---\n---\nb: 2\n", b"a: 1\n---\nnull\n", b"a: 1\n---\n''\n"]
)
def test_a_second_document_with_content_is_refused(text: bytes):
    assert problems(read_document, text) == {("", "several-documents")}


BREAKS = ["\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("character", [*BREAKS, "\x7f", "\x80", "\x9f", "\ufeff", "\ufffe", "\uffff"])
@pytest.mark.parametrize(
    "form", ["a: x%sy", 'a: "x%sy"', "a: 'x%sy'", "a: |-\n  x%sy", "a: >-\n  x%sy", "# %s\na: x%sy"]
)
def test_a_character_that_libyaml_takes_for_another_stays_what_it_is(character: str, form: str):
    assert read_document(form.replace("%s", character).encode()) == {"a": f"x{character}y"}


def test_such_a_character_may_stand_in_a_key():
    assert read_document("x\u2028y: 1".encode()) == {"x\u2028y": 1}


def test_stand_ins_are_characters_that_the_text_does_not_have():
    text = "\ue000\ue001\u2028\\ud83d\\udc4d"
    assert read_document(f"a: '{text}'".encode()) == {"a": text}
    assert read_document(f'a: "{text}"'.encode()) == {"a": "\ue000\ue001\u2028👍"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\uD83D\uDC4D"', "👍"),
        (r'"a\ud83d\udc4db\uD83D\uDC4E"', "a👍b👎"),
        (r'"\\uD83D\uDC4D"', None),
        (r'"\\\uD83D\uDC4D"', "\\👍"),
        (r"'\uD83D\uDC4D'", r"\uD83D\uDC4D"),
        (r"x\uD83D\uDC4D", r"x\uD83D\uDC4D"),
        (r'"\uD83D"', None),
        (r'"\uDC4D\uD83D"', None),
        (r'"\\uD83D\\uDC4D"', r"\uD83D\uDC4D"),
    ],
)
def test_two_escapes_are_one_character_between_double_quotes(text: str, value: str | None):
    document = f"a: {text}".encode()
    if value is None:
        assert problems(read_document, document) == {("", "invalid-yaml")}
    else:
        assert read_document(document) == {"a": value}


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(codec="utf-16-le", exclude_categories=["Cs"]) | st.sampled_from([*BREAKS, "👍", "\\", '"']))
)
def test_json_text_reads_alike_as_json_and_as_yaml(text: str):
    if "\0" in text:
        return
    for document in (json.dumps([text]), json.dumps([text], ensure_ascii=False)):
        assert read_document(f"# yaml\n{document}".encode()) == read_document(document.encode()) == [text]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["<<: ", "*a", "&a ", "{", "}", "[", "]", ", ", "x: 1", "\n", "---\n", "'<<'", "!!merge ", "\u2028", "\\ud83d", '"', "\ue000"]), max_size=20))  # fmt: skip
def test_anything_with_merge_keys_and_stand_ins_is_read_or_refused(parts: list[str]):
    try:
        read_document("".join(parts).encode())
    except Invalid:
        return
