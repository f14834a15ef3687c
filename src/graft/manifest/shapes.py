"""Check the shape of JSON trees by small checks that combine. All problems are reported, each with its place."""

from collections.abc import Callable, Iterator, Mapping

from graft.errors import Problem
from graft.jsontext import Json, pointer

# The keys and indexes from the root to a value.
Path = tuple[str | int, ...]
# Takes a value and its path; yields the problems of the value.
Shape = Callable[[Json, Path], Iterator[Problem]]


def at(path: Path, code: str, detail: str) -> Problem:
    """A problem of the value at `path`."""
    return Problem(pointer(*path), code, detail)


def text(limit: int) -> Shape:
    """A string of at most `limit` characters. Codes: `wrong-type`, `too-long`."""

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
    """An object with any keys."""
    if not isinstance(value, dict):
        yield at(path, "wrong-type", "Expected an object.")


def array(item: Shape, limit: int) -> Shape:
    """An array of at most `limit` items. A longer one is a single problem: its items are not looked at."""

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
    """An object of these keys and no others; with `extensions`, keys `x-…` may hold anything.

    Codes: `wrong-type`, `unknown-key`, `missing-key`.
    """
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
