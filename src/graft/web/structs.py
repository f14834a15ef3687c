"""Convert a JSON tree or query parameters to a typed struct, or name every problem at once: msgspec names the first."""

import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from graft.errors import Problem, raise_if_any
from graft.jsontext import pointer

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
_Path = tuple[str | int, ...]


def to_struct(tree: Any, kind: type[T]) -> T:
    """`tree` as a `kind`. Types are strict: "1" is no number. `Invalid` names every problem by its JSON pointer."""
    raise_if_any(_struct_problems(tree, kind, (), strict=True))
    return msgspec.convert(tree, kind)


def from_parameters(parameters: Mapping[str, str], kind: type[T]) -> T:
    """Query parameters as a `kind`, each read from its text. `Invalid` names every wrong, unknown or missing one."""
    if not parameters and not _has_required(kind):
        return kind()
    tree = dict(parameters)
    raise_if_any(_parameter_problem(problem) for problem in _struct_problems(tree, kind, (), strict=False))
    return msgspec.convert(tree, kind, strict=False)


@cache
def _has_required(kind: type[msgspec.Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(kind))


def _parameter_problem(problem: Problem) -> Problem:
    """The problem of a key as that of a parameter: its place is a name and no pointer, its code says `parameter`."""
    code = problem.code.replace("-key", "-parameter")
    return Problem(problem.pointer.removeprefix("/"), code, problem.detail)


def _struct_problems(tree: Any, kind: type[msgspec.Struct], path: _Path, *, strict: bool) -> Iterator[Problem]:
    if not isinstance(tree, dict):
        yield Problem(pointer(*path), "wrong-type", "Expected an object.")
        return

    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    unknown = [key for key in tree if key not in fields]
    by_spelling = {_normalized(name): name for name in fields} if unknown else {}
    for key in unknown:
        meant = by_spelling.get(_normalized(key[:100]))
        hint = f" Did you mean {meant!r}?" if meant else ""
        yield Problem(pointer(*path, key), "unknown-key", f"There is no {key[:100]!r} here.{hint}")

    for name, field in fields.items():
        if name in tree:
            yield from _value_problems(tree[name], field.type, (*path, name), strict=strict)
        elif field.required:
            yield Problem(pointer(*path, name), "missing-key", f"{name!r} is required.")


def _normalized(name: str) -> str:
    """The same for workspace_id and workspaceId."""
    return name.replace("_", "").lower()


def _value_problems(tree: Any, kind: Any, path: _Path, *, strict: bool) -> Iterator[Problem]:
    inner = _inner_type(kind)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and tree is not None:
        yield from _struct_problems(tree, inner, path, strict=strict)
        return

    if get_origin(inner) is list and isinstance(tree, list):
        (item,) = get_args(inner)
        found = [
            problem
            for at, child in enumerate(tree)
            for problem in _value_problems(child, item, (*path, at), strict=strict)
        ]
        if found:
            yield from found
            return

    try:
        msgspec.convert(tree, kind, strict=strict)
    except msgspec.ValidationError as error:
        detail = str(error).split(" - at `", 1)[0]
        yield Problem(pointer(*path), _code(detail), _reworded(detail) + ".")


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
