"""Pointers: built from a path or a place, read back, and always text that a reply can carry."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.jsontext import Place, pointer, pointer_to, printable, steps


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ""),
        (("",), "/"),
        (("a", 0, "b/c"), "/a/0/b~1c"),
        (("~1", "~", "/"), "/~01/~0/~1"),
        (("é😀",), "/é😀"),
        (("a\0", "\ud800"), "/a�/�"),
    ],
)
def test_a_path_becomes_a_pointer(path: tuple[str | int, ...], expected: str):
    assert pointer(*path) == expected
    assert pointer_to(_place(path)) == expected


def test_a_long_name_is_cut_where_a_place_is_shown():
    shown = pointer_to(((None, "a" * 501), 0))
    assert shown == "/" + "a" * 500 + "…/0"
    assert pointer("a" * 501, 0) == "/" + "a" * 501 + "/0"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4), max_size=5))
@settings(max_examples=100)
def test_the_steps_of_a_pointer_are_its_path(path: list[str]):
    assert steps(pointer(*path)) == path


@given(st.text(max_size=20))
@settings(max_examples=100)
def test_any_text_can_be_shown(text: str):
    shown = printable(text)
    msgspec.json.encode(shown)
    assert len(shown) == len(text)
    assert "\0" not in shown


def _place(path: tuple[str | int, ...]) -> Place:
    place: Place = None
    for part in path:
        place = (place, part)
    return place
