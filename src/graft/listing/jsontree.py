"""JSON of a query parameter as a bounded tree that still knows duplicate keys, so that every problem has its place."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import msgspec

from graft.listing.errors import ListingError, Problem, Rejected, place

MAX_STRING = 1_024
# Far above what the ten levels of a filter need; it bounds the recursion.
_MAX_NESTING = 32


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object as it was written: its members in order. A duplicate key never gets out of `read`."""

    members: tuple[tuple[str, "Json"], ...]


# Every number is a Decimal: no digit is lost, and none costs more than its text.
Json = bool | str | Decimal | list["Json"] | Object | None


def read(text: str, parameter: str) -> Json:
    """The tree of `text`; raises a `ListingError` of all its problems, placed under `parameter`."""
    try:
        tree: Json = _decoder.decode(text)
    except RecursionError as error:
        raise ListingError([_too_deep(parameter)]) from error
    except ValueError as error:
        raise ListingError([Problem(parameter, "invalid-json", f"This is no JSON: {error}.")]) from error
    problems: list[Problem] = []
    _check(tree, (parameter,), problems)
    if problems:
        raise ListingError(problems)
    return tree


def check_text(text: str) -> None:
    """Raise `Rejected` for a string that is too long, or that PostgreSQL cannot hold."""
    if len(text) > MAX_STRING:
        raise Rejected("too-long", f"A string has at most {MAX_STRING:,} characters.")
    if "\0" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)):
        raise Rejected("invalid-text", "A string holds neither U+0000 nor half of a surrogate pair.")


def canonical(tree: Json) -> str:
    """Equal text for equal trees, whatever the order of keys and the blanks between them."""
    return _encoder.encode(_plain(tree)).decode()


def _plain(tree: Json) -> object:
    if isinstance(tree, Object):
        return {key: _plain(value) for key, value in tree.members}
    return [_plain(item) for item in tree] if isinstance(tree, list) else tree


def _check(tree: Json, path: tuple[str | int, ...], problems: list[Problem]) -> None:
    if len(path) > _MAX_NESTING:
        problems.append(_too_deep(*path))
    elif isinstance(tree, str):
        try:
            check_text(tree)
        except Rejected as error:
            problems.append(error.at(*path))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            _check(item, (*path, index), problems)
    elif isinstance(tree, Object):
        seen: set[str] = set()
        for key, value in tree.members:
            if key in seen:
                problems.append(Problem(place(*path, key), "duplicate-key", "This key stands twice in its object."))
            seen.add(key)
            _check(value, (*path, key), problems)


def _too_deep(*path: str | int) -> Problem:
    return Problem(place(*path), "too-deep", "This is nested too deep.")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")  # an exponent beyond all bounds: out of range for every field


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")
_decoder = json.JSONDecoder(
    object_pairs_hook=lambda pairs: Object(tuple(pairs)),
    parse_float=_number,
    parse_int=_number,
    parse_constant=_constant,
)
