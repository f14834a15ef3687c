"""Shapes of JSON trees, put together from small checks; every problem at once, each with its place."""

from collections.abc import Callable, Iterator, Mapping

from graft.errors import Problem
from graft.jsontext import Json, pointer

Path = tuple[str | int, ...]
Shape = Callable[[Json, Path], Iterator[Problem]]


def at(path: Path, code: str, detail: str) -> Problem:
    """A problem at the end of `path`."""
    return Problem(pointer(*path), code, detail)


def text(limit: int) -> Shape:
    """A string of at most `limit` characters."""

    def check(value: Json, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield at(path, "wrong-type", "Expected text.")
        elif len(value) > limit:
            yield at(path, "too-long", f"At most {limit:,} characters.")

    return check


def boolean(value: Json, path: Path) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield at(path, "wrong-type", "Expected true or false.")


def open_object(value: Json, path: Path) -> Iterator[Problem]:
    """An object, whatever it holds."""
    if not isinstance(value, dict):
        yield at(path, "wrong-type", "Expected an object.")


def array(item: Shape, limit: int) -> Shape:
    """An array of at most `limit` of these. A longer one is one problem: its items are not looked at."""

    def check(value: Json, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield at(path, "wrong-type", "Expected an array.")
        elif len(value) > limit:
            yield at(path, "too-many", f"At most {limit:,} items.")
        else:
            for place, child in enumerate(value):
                yield from item(child, (*path, place))

    return check


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape], *, extensions: bool = False) -> Shape:
    """An object of these keys and no others, but for `x-…` where `extensions` lets them in."""
    known = {**required, **optional}

    def check(value: Json, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield at(path, "wrong-type", "Expected an object.")
            return
        for key, child in value.items():
            if key in known:
                yield from known[key](child, (*path, key))
            elif not (extensions and key.startswith("x-")):
                yield at((*path, key), "unknown-key", f"There is no {key[:100]!r} here.")
        for key in required:
            if key not in value:
                yield at((*path, key), "missing-key", f"{key!r} is required.")

    return check
