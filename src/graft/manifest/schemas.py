"""JSON Schema 2020-12 compiled, and a value's problems against it; nothing is ever fetched."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from graft.errors import Problem
from graft.jsontext import Json, pointer
from graft.manifest.measure import measure
from graft.manifest.shapes import Path, at
from graft.manifest.unique_items import UniqueItems

MAX_PROBLEMS = 100
PATTERN_BYTES = 1024 * 1024
_MAX_DETAIL = 300
# A problem holds its whole path, and all are made at once: above this many characters only the first one is asked for.
_MAX_REPORT = 32_000_000
_KEYWORDS: dict[str, type[Any]] = {"uniqueItems": UniqueItems}
_NONE: Mapping[str, bool] = {}
# Said of several values at once: which of them is to blame cannot be told.
_JOINT = (
    Kind.AnyOf,
    Kind.OneOfMultipleValid,
    Kind.OneOfNotValid,
    Kind.Not,
    Kind.Contains,
    Kind.UnevaluatedItems,
    Kind.UnevaluatedProperties,
    Kind.UniqueItems,
    Kind.Custom,  # `uniqueItems`, ours
)
_UNCHECKABLE = (ValueError, ArithmeticError, jsonschema_rs.ReferencingError)


class Checker:
    """A compiled schema. The text of a problem never quotes the value, however long that is."""

    def __init__(self, validator: jsonschema_rs.Draft202012Validator) -> None:
        self._validator = validator

    def problems(self, value: Json, unknown: Mapping[str, bool] = _NONE) -> list[Problem]:
        """What is wrong with `value`, the first 100 problems; pointers are relative to it.

        `unknown`: the pointers of what stands in `value` for something else, and whether that is known to be of the
        same JSON type. Nothing but a wrong type is held against one, nor what is said of several values with one of
        them in it (`anyOf`, `not`, …).

        Codes: `wrong-type`, `missing-key`, `unknown-key`, `unknown-value` for `enum`, `out-of-range` for bounds of
        numbers, `too-long` and `too-many` for those of text and arrays, and `invalid-value` for every other keyword.
        """
        return list(islice(self.each_problem(value, unknown), MAX_PROBLEMS))

    def each_problem(self, value: Json, unknown: Mapping[str, bool] = _NONE) -> Iterator[Problem]:
        """As `problems`, without its limit."""
        try:
            errors, whole = self._errors(value)
        except _UNCHECKABLE:
            yield at(
                (), "invalid-value", "The value cannot be checked: it holds text or a number that is out of range."
            )
            return
        seen: set[Problem] = set()
        above = {place[:end] for place in unknown for end, letter in enumerate(place) if letter == "/"}
        for error in errors:
            if unknown and _concerns(error, unknown, above):
                continue
            for problem in _as_problems(error):
                if problem not in seen:
                    seen.add(problem)
                    yield problem
        if not whole and not seen:
            yield at((), "invalid-value", "The value is too large to be checked with placeholders in it.")

    def _errors(self, value: Json) -> tuple[list[jsonschema_rs.ValidationError], bool]:
        """The errors, and whether they are all."""
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as first:
            size = measure(value, _MAX_REPORT)
            whole = size.nodes * size.path <= _MAX_REPORT
            return list(self._validator.iter_errors(value)) if whole else [first], whole
        return [], True


def compile_schema(schema: Json, *, formats: bool = True) -> Checker:
    """A schema ready to check values; ValueError where it is no valid schema or refers outside itself.

    Patterns run in linear time or are refused. `formats`: whether `format` is checked rather than noted. A schema from
    an author must have passed `variables.lint` first: a valid schema can still be one that never ends.
    """
    try:
        return Checker(
            jsonschema_rs.Draft202012Validator(
                schema,
                pattern_options=jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES),
                validate_formats=formats,
                offline=True,  # a retriever that denies: no http, no file
                keywords=_KEYWORDS,
                mask="the value",
            )
        )
    except _UNCHECKABLE as error:
        raise ValueError(_short(str(error).split("\n", 1)[0])) from None


def _as_problems(error: jsonschema_rs.ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.instance_path)
    match error.kind:
        case Kind.Required(property=name):
            yield at((*path, name), "missing-key", f"{_short(name)!r} is required.")
        case Kind.AdditionalProperties(unexpected=names) | Kind.UnevaluatedProperties(unexpected=names):
            for name in names:
                yield at((*path, name), "unknown-key", f"There is no {_short(name)!r} here.")
        case Kind.Type():
            yield at(path, "wrong-type", _sentence(error.message))
        case Kind.Enum():
            yield at(path, "unknown-value", _sentence(error.message))
        case Kind.Minimum() | Kind.Maximum() | Kind.ExclusiveMinimum() | Kind.ExclusiveMaximum():
            yield at(path, "out-of-range", _sentence(error.message))
        case Kind.MaxLength():
            yield at(path, "too-long", _sentence(error.message))
        case Kind.MaxItems():
            yield at(path, "too-many", _sentence(error.message))
        case _:
            yield at(path, "invalid-value", _sentence(error.message))


def _concerns(error: jsonschema_rs.ValidationError, unknown: Mapping[str, bool], above: Collection[str]) -> bool:
    """Whether an error may come of what only stands for something else. `above`: the places that hold such a one."""
    path: Path = tuple(error.instance_path)
    if isinstance(error.kind, _JOINT) and pointer(*path) in above:
        return True
    for end in range(len(path) + 1):
        certain = unknown.get(pointer(*path[:end]))
        if certain is not None:
            return not (certain and end == len(path) and isinstance(error.kind, Kind.Type))
    return False


def _sentence(message: str) -> str:
    return _short(message[:1].upper() + message[1:]) + "."


def _short(text: str) -> str:
    return text if len(text) <= _MAX_DETAIL else text[:_MAX_DETAIL] + "…"
