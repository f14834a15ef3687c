"""Check the shape of JSON trees by small checks that combine. All problems are reported, each with its place."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from graft.errors import Problem
from graft.jsontext import Json, Place, path_to, short_pointer

# The keys and indexes from the root to a value.
Path = tuple[str | int, ...]


class Shape(NamedTuple):
    """A shape. `problems` are those of a value at a place, which are looked for only where it does not fit."""

    fits: Callable[[Json], bool]
    problems: Callable[[Json, Place], Iterator[Problem]]


def at(path: Path, code: str, detail: str) -> Problem:
    """A problem of the value at `path`."""
    return Problem(short_pointer(*path), code, detail)


def problems_of(shape: Shape, tree: Json) -> Iterator[Problem]:
    """The problems of a tree."""
    if not shape.fits(tree):
        yield from shape.problems(tree, None)


def text(limit: int) -> Shape:
    """A string of at most `limit` characters. Codes: `wrong-type`, `too-long`."""

    def fits(value: Json) -> bool:
        return isinstance(value, str) and len(value) <= limit

    def problems(value: Json, place: Place) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield _at(place, "wrong-type", "Expected text.")
        elif len(value) > limit:
            yield _at(place, "too-long", f"At most {limit:,} characters.")

    return Shape(fits, problems)


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool)


def _no_boolean(value: Json, place: Place) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield _at(place, "wrong-type", "Expected true or false.")


boolean = Shape(_is_boolean, _no_boolean)


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _no_object(value: Json, place: Place) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _at(place, "wrong-type", "Expected an object.")


# An object with any keys.
open_object = Shape(_is_object, _no_object)


def array(item: Shape, limit: int) -> Shape:
    """An array of at most `limit` items. A longer one is a single problem: its items are not looked at."""

    def fits(value: Json) -> bool:
        return isinstance(value, list) and len(value) <= limit and all(map(item.fits, value))

    def problems(value: Json, place: Place) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield _at(place, "wrong-type", "Expected an array.")
        elif len(value) > limit:
            yield _at(place, "too-many", f"At most {limit:,} items.")
        else:
            for index, child in enumerate(value):
                if not item.fits(child):
                    yield from item.problems(child, (place, index))

    return Shape(fits, problems)


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape], *, extensions: bool = False) -> Shape:
    """An object of these keys and no others; with `extensions`, keys `x-…` may hold anything.

    Codes: `wrong-type`, `unknown-key`, `missing-key`.
    """
    found = _Record({**required, **optional}, required.keys(), extensions=extensions)
    return Shape(found.fits, found.problems)


class _Record:
    def __init__(self, known: Mapping[str, Shape], required: AbstractSet[str], *, extensions: bool) -> None:
        self._known = known
        self._required = required
        self._extensions = extensions

    def fits(self, value: Json) -> bool:
        if not isinstance(value, dict) or not self._required <= value.keys():
            return False
        known = self._known
        return all(known[key].fits(child) if key in known else self._is_extension(key) for key, child in value.items())

    def problems(self, value: Json, place: Place) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _at(place, "wrong-type", "Expected an object.")
            return

        for key, child in value.items():
            shape = self._known.get(key)
            if shape is None and not self._is_extension(key):
                yield _at((place, key), "unknown-key", f"There is no {key[:100]!r} here.")
            elif shape is not None and not shape.fits(child):
                yield from shape.problems(child, (place, key))

        for key in self._required:
            if key not in value:
                yield _at((place, key), "missing-key", f"{key!r} is required.")

    def _is_extension(self, key: str) -> bool:
        return self._extensions and key.startswith("x-")


def _at(place: Place, code: str, detail: str) -> Problem:
    return at(path_to(place), code, detail)
