"""Bodies, filters and imported documents: what is no good JSON to one of them is none to all, by the same codes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid, Problem
from graft.listing import TEXT, Catalog, Field, ListingError, Resource, read_query, sql
from graft.listing.scalars import identifier
from graft.openapi_import.read import read_document
from graft.web.decode import read_json

pytestmark = pytest.mark.slow

_NOTHING: Resource[Any] = Resource(
    name="things",
    source=sql("things t"),
    visible=lambda _: sql("true"),
    deleted_at="t.deleted_at",
    fields={"id": Field("t.id", identifier(lambda _: None)), "name": Field("t.name", TEXT)},
)
# What JSON may say and a reader refuses.
_STRICT = {"invalid-json", "invalid-text", "duplicate-key", "too-deep", "out-of-range"}


def _of_body(text: str) -> set[tuple[str, str]]:
    return _found(lambda: read_json(text.encode()))


def _of_document(text: str) -> set[tuple[str, str]]:
    return _found(lambda: read_document(text.encode()))


def _of_filter(text: str) -> set[tuple[str, str]]:
    found = _found(lambda: read_query(_NOTHING, [("filter", text)], Catalog([_NOTHING])))
    return {(pointer.removeprefix("filter"), code) for pointer, code in found}


def _found(read: Any) -> set[tuple[str, str]]:
    problems: list[Problem] = []
    try:
        read()
    except (Invalid, ListingError) as error:
        problems = error.problems.found
    return {(problem.pointer, problem.code) for problem in problems if problem.code in _STRICT}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1', {("", "invalid-json")}),
        ('{"a": [NaN]}', {("/a/0", "invalid-json")}),
        (r'{"a": "\u0000"}', {("/a", "invalid-text")}),
        (r'{"\udc00": 1}', {("/�", "invalid-text")}),
        ('{"a": 1, "a": 2}', {("/a", "duplicate-key")}),
        ('{"a":' * 70 + "1" + "}" * 70, None),
        ('{"a":' * 3_000, {("", "too-deep")}),
        ('{"a": 1e99999}', {("/a", "out-of-range")}),
        ('{"a": %s}' % ("9" * 5_000), {("/a", "out-of-range")}),
    ],
)  # fmt: skip
def test_the_three_tell_the_same_of_the_same_text(text: str, expected: set[tuple[str, str]] | None):
    if expected is None:  # each has its own depth
        assert [code for _, code in _of_body(text) | _of_document(text) | _of_filter(text)] == ["too-deep"] * 2
    else:
        assert (_of_body(text), _of_document(text), _of_filter(text)) == (expected, expected, expected)


# Pieces that are written as they are, so that texts come out that are almost JSON. No number is between the bounds of a
# body and those of a document, and no text is longer than a parameter may be.
_LEAVES = st.sampled_from(
    ['"a"', r'"\u0000"', r'"\ud800"', r'"\ud83d\ude00"', r'"\\ud800"', '"é"', "1", "-1.50", "1e99999", "NaN", "-Infinity",
     "true", "null", "01", "tru", "'a'", '"\t"', ""]
)  # fmt: skip
_KEYS = st.sampled_from(['"a"', '"b"', r'"\u0061"', r'"\ud800"', r'"\u0000"', "a"])


def _written(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(_KEYS, inner).map(":".join)
    return st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]") | st.lists(members, max_size=4).map(
        lambda items: f"{{{','.join(items)}}}"
    )


@given(st.recursive(_LEAVES, _written, max_leaves=8))
@settings(max_examples=300)
def test_the_three_refuse_the_same_texts_by_the_same_codes_at_the_same_places(inner: str):
    text = f'{{"k": {inner}}}'
    assert _of_body(text) == _of_document(text) == _of_filter(text)


@given(st.recursive(st.integers() | st.text("aé😀"), lambda inner: st.dictionaries(st.text("ab"), inner), max_leaves=5))
@settings(max_examples=50)
def test_the_three_take_what_is_json(inner: Any):
    text = json.dumps({"k": inner})
    assert _of_body(text) == _of_document(text) == _of_filter(text) == set()
    assert read_json(text.encode()) == read_document(text.encode()) == {"k": inner}
