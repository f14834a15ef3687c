"""Compile JSON Schema 2020-12 and check values against it; nothing is ever fetched."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from graft.errors import Problem
from graft.jsontext import Json
from graft.manifest.measure import measure
from graft.manifest.shapes import Path, at
from graft.manifest.unique_items import UniqueItems

# The most that the automaton of a pattern may take.
PATTERN_BYTES = 1024 * 1024
_MAX_DETAIL = 300
# The engine makes all problems at once, 12 µs each, with their whole paths. If there could be more than so many, or
# more characters of paths, only the first one is looked for.
_MAX_REPORTED = 50_000
_MAX_REPORT = 32_000_000
_MORE = " There may be more: the value is too large to look for all at once."
_KEYWORDS: dict[str, type[Any]] = {"uniqueItems": UniqueItems}
_NONE: Mapping[Path, bool] = {}
# These say something of several values together, so none of the values alone is to blame.
_OF_SEVERAL_VALUES = (
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
    """A compiled schema. Problems never quote the value, which may be long, or not everybody's business."""

    def __init__(self, validator: jsonschema_rs.Draft202012Validator) -> None:
        self._validator = validator

    def problems(self, value: Json, unknown: Mapping[Path, bool] = _NONE, most: int | None = None) -> Iterator[Problem]:
        """What is wrong with `value`, one after the other; pointers are relative to it.

        `most` is how many there can be, where that is known; else they are taken to be at most one for each node.

        `unknown` are the places of placeholders in `value`: path → whether the value to come is known to have the JSON
        type of what stands there now. If it is, a wrong type there is a problem; nothing else is. Nor is anything that
        concerns several values together (`anyOf`, `not`, …), if one of them is a placeholder.

        Codes: `wrong-type`, `missing-key`, `unknown-key`, `unknown-value` for `enum`, `out-of-range` for bounds of
        numbers, `too-long` and `too-many` for those of text and arrays, and `invalid-value` for every other keyword.
        """
        try:
            errors, whole = self._errors(value, most)
        except _UNCHECKABLE:
            yield at(
                (), "invalid-value", "The value cannot be checked: it holds text or a number that is out of range."
            )
            return

        seen: set[Problem] = set()
        containers = _containers(unknown)
        for error in errors:
            if unknown and _may_be_due_to_placeholder(error, unknown, containers):
                continue
            for problem in _as_problems(error):
                if problem not in seen:
                    seen.add(problem)
                    yield problem if whole else Problem(problem.pointer, problem.code, problem.detail + _MORE)

        # the one error that is known was passed over, and there may be others
        if not whole and not seen:
            yield at((), "invalid-value", "The value is too large to be checked with placeholders in it.")

    def _errors(self, value: Json, most: int | None) -> tuple[Iterable[jsonschema_rs.ValidationError], bool]:
        """The errors, and whether these are all of them."""
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as first:
            size = measure(value, _MAX_REPORT)
            whole = size.nodes * size.path <= _MAX_REPORT and (most or size.nodes) <= _MAX_REPORTED
            return self._validator.iter_errors(value) if whole else [first], whole
        return [], True


def _containers(places: Iterable[Path]) -> set[Path]:
    """The places that have one of `places` in them, at any depth."""
    found: set[Path] = set()
    for place in places:
        end = len(place) - 1
        while end >= 0 and place[:end] not in found:
            found.add(place[:end])
            end -= 1
    return found


def compile_schema(schema: Json, *, formats: bool = True) -> Checker:
    """Make a schema ready to check values. Raises `ValueError` if it is invalid or refers outside itself.

    Patterns that may take more than linear time are refused. `formats` says whether `format` is checked. A schema of an
    author must have passed `variables.lint` before: a valid schema can still take for ever.
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


def _may_be_due_to_placeholder(
    error: jsonschema_rs.ValidationError, unknown: Mapping[Path, bool], containers: Collection[Path]
) -> bool:
    """Whether the error could be gone once placeholders are filled; `containers` are the places that hold one."""
    path: Path = tuple(error.instance_path)
    if isinstance(error.kind, _OF_SEVERAL_VALUES) and path in containers:
        return True

    for end in range(len(path) + 1):
        type_known = unknown.get(path[:end])
        if type_known is not None:
            return not (type_known and end == len(path) and isinstance(error.kind, Kind.Type))
    return False


def _sentence(message: str) -> str:
    return _short(message[:1].upper() + message[1:]) + "."


def _short(text: str) -> str:
    return text if len(text) <= _MAX_DETAIL else text[:_MAX_DETAIL] + "…"
