"""Convert a JSON tree or query parameters to a typed struct, or name every problem at once: msgspec names the first."""

import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeGuard, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from graft import names
from graft.errors import Problem, raise_if_any
from graft.jsontext import Place, pointer_to

T = TypeVar("T", bound=msgspec.Struct)
_TYPES = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_BOUND = re.compile(r"`(?:int|float|decimal)` [<>]=? ")
# What msgspec calls a type → what its reader calls it.
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
}
# Of a list that has a problem, so many items are asked at once whether it is theirs.
_AT_ONCE = 64


def to_struct(tree: Any, kind: type[T]) -> T:
    """`tree` as a `kind`. Types are strict: "1" is no number. `Invalid` names every problem by its JSON pointer."""
    found = _sound(tree, kind, strict=True)
    if found is not None:
        return found
    raise_if_any(_struct_problems(tree, kind, None, strict=True))
    return msgspec.convert(tree, kind)


def from_parameters(parameters: Mapping[str, str], kind: type[T]) -> T:
    """Query parameters as a `kind`, each read from its text. `Invalid` names every wrong, unknown or missing one."""
    if not parameters and not _has_required(kind):
        return kind()
    tree = dict(parameters)
    found = _sound(tree, kind, strict=False)
    if found is not None:
        return found
    raise_if_any(_parameter_problem(problem) for problem in _struct_problems(tree, kind, None, strict=False))
    return msgspec.convert(tree, kind, strict=False)


def _sound(tree: Any, kind: type[T], *, strict: bool) -> T | None:
    """`tree` as a `kind`; None where problems must be looked for: msgspec tells the first, and no unknown keys."""
    if not (isinstance(tree, dict) and _is_flat(kind) and tree.keys() <= _fields(kind).keys()):
        return None
    try:
        return msgspec.convert(tree, kind, strict=strict)
    except msgspec.ValidationError:
        return None


@cache
def _has_required(kind: type[msgspec.Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(kind))


@cache
def _is_flat(kind: type[msgspec.Struct]) -> bool:
    """Whether no other struct stands in this one, by itself or in a list."""
    kinds = [_inner_type(field.type) for field in msgspec.structs.fields(kind)]
    return not any(_is_struct(inner) or _holds_structs(inner) for inner in kinds)


def _parameter_problem(problem: Problem) -> Problem:
    """The problem of a key as that of a parameter: its place is a name and no pointer, its code says `parameter`."""
    code = problem.code.replace("-key", "-parameter")
    return Problem(problem.pointer.removeprefix("/"), code, problem.detail)


def _struct_problems(tree: Any, kind: type[msgspec.Struct], place: Place, *, strict: bool) -> Iterator[Problem]:
    if not isinstance(tree, dict):
        yield Problem(pointer_to(place), "wrong-type", "Expected an object.")
        return

    fields = _fields(kind)
    unknown = [key for key in tree if key not in fields]
    by_spelling = {_normalized(name): name for name in fields} if unknown else {}
    for key in unknown:
        meant = by_spelling.get(_normalized(key[:100]))
        hint = f" Did you mean {meant!r}?" if meant else ""
        yield Problem(pointer_to((place, key)), "unknown-key", f"There is no {key[:100]!r} here.{hint}")

    for name, field in fields.items():
        if name in tree:
            yield from _value_problems(tree[name], field.type, (place, name), strict=strict)
        elif field.required:
            yield Problem(pointer_to((place, name)), "missing-key", f"{name!r} is required.")


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """The fields of a struct by their names in JSON."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _normalized(name: str) -> str:
    """The same for workspace_id and workspaceId."""
    return name.replace("_", "").lower()


def _value_problems(tree: Any, kind: Any, place: Place, *, strict: bool) -> Iterator[Problem]:
    inner = _inner_type(kind)
    if _is_struct(inner) and tree is not None:
        yield from _struct_problems(tree, inner, place, strict=strict)
        return

    error = _refusal(tree, kind, strict=strict)
    if get_origin(inner) is list and isinstance(tree, list) and (error is not None or _holds_structs(inner)):
        found = False
        for problem in _item_problems(tree, get_args(inner)[0], place, strict=strict):
            found = True
            yield problem
        if found:
            return

    if error is not None:
        detail = error.split(" - at `", 1)[0]
        yield _of_text(detail, place) or Problem(pointer_to(place), _code(detail), _reworded(detail) + ".")


def _item_problems(items: list[Any], kind: Any, place: Place, *, strict: bool) -> Iterator[Problem]:
    """The problems of the items of a list. msgspec looks at many at once: only those that it refuses are walked."""
    walked = _is_struct(_inner_type(kind))
    for start in range(0, len(items), _AT_ONCE):
        some = items[start : start + _AT_ONCE]
        if walked or _refusal(some, list[kind], strict=strict) is not None:
            for index, item in enumerate(some, start):
                yield from _value_problems(item, kind, (place, index), strict=strict)


def _refusal(tree: Any, kind: Any, *, strict: bool) -> str | None:
    """What msgspec has against a value of this type: its first problem, as a sentence."""
    try:
        msgspec.convert(tree, kind, strict=strict)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _is_struct(kind: Any) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _holds_structs(kind: Any) -> bool:
    """Whether these are lists of structs."""
    return get_origin(kind) is list and _is_struct(_inner_type(get_args(kind)[0]))


def _of_text(detail: str, place: Place) -> Problem | None:
    """The problem of a text that is no name, address or description: a pattern would tell nobody what is wrong."""
    pattern, at = detail.partition(" matching regex ")[2], pointer_to(place)
    match literal_eval(pattern) if pattern else "":
        case names.NAME:
            told = "Expected something to read, without control, direction or hidden characters."
            return Problem(at, "unprintable", told)
        case names.TEXT:
            return Problem(at, "unprintable", "Expected a text without control characters but line feed and tab.")
        case names.EMAIL:
            return Problem(at, "invalid-value", "Expected a name, @ and a host, without blanks and control characters.")
        case _:
            return None


def _code(detail: str) -> str:
    """The code of a problem by msgspec's sentence, which is all that it tells.

    Only the sentence of a value of another type has `got`: what came instead.
    """
    if detail.startswith("Invalid enum value "):
        return "unknown-value"
    sentence = detail.partition(" matching regex ")[0]
    if ", got `" in sentence:
        return "wrong-type"
    if " of length <= " in sentence:
        return "too-many" if "`array`" in sentence else "too-long"
    return "out-of-range" if _BOUND.search(sentence) else "invalid-value"


def _reworded(detail: str) -> str:
    """msgspec's sentence with types as JSON's reader calls them, and a pattern as JavaScript writes it."""
    sentence, regex, pattern = detail.partition(" matching regex ")
    sentence = _TYPES.sub(lambda found: " or ".join(_WORDS.get(name, name) for name in found[1].split(" | ")), sentence)
    # Python's \Z is `$` elsewhere
    return f"{sentence} that matches {literal_eval(pattern).replace(chr(92) + 'Z', '$')}" if regex else sentence


def _inner_type(kind: Any) -> Any:
    """The type without `Annotated`, `None` and `UNSET`. A union of several others stays as it is."""
    if get_origin(kind) is Annotated:
        return _inner_type(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        kinds = [part for part in get_args(kind) if part not in (NoneType, UnsetType)]
        return _inner_type(kinds[0]) if len(kinds) == 1 else kind
    return kind


def changes_of(body: msgspec.Struct) -> dict[str, Any]:
    """What a PATCH changes: the fields that its body has, by their Python names; null is a change, too."""
    return {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}


def marked(kind: type[msgspec.Struct], mark: Mapping[str, object]) -> dict[str, str]:
    """Python name → JSON name of the fields of `kind` whose type has a `Meta` with `extra=mark`."""
    fields = msgspec.structs.fields(kind)
    return {field.name: field.encode_name for field in fields if _carries(field.type, mark)}


def _carries(kind: Any, mark: Mapping[str, object]) -> bool:
    metas = getattr(kind, "__metadata__", ())
    return any(getattr(meta, "extra", None) == mark for meta in metas) or any(
        _carries(part, mark) for part in get_args(kind)
    )
