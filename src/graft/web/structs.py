"""From a JSON tree to a typed request, naming every unknown key, wrong type and missing key at once."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from graft.errors import Problem, pointer, raise_if_any

T = TypeVar("T", bound=msgspec.Struct)


def to_struct(tree: Any, kind: type[T]) -> T:
    """`tree` as a `kind`; `Invalid` with every problem. Types are strict: "1" is no number."""
    problems: list[Problem] = []
    value = _struct(tree, kind, (), problems)
    raise_if_any(problems)
    return value


def from_parameters(parameters: Mapping[str, str], kind: type[T]) -> T:
    """Query parameters as a `kind`; `Invalid` names each wrong or unknown parameter."""
    problems: list[Problem] = []
    value = _struct(dict(parameters), kind, (), problems, strict=False)
    raise_if_any([Problem(problem.pointer.removeprefix("/"), problem.code, problem.detail) for problem in problems])
    return value


def _struct(
    tree: Any, kind: type[Any], path: tuple[str | int, ...], problems: list[Problem], *, strict: bool = True
) -> Any:
    if not isinstance(tree, dict):
        problems.append(Problem(pointer(*path), "wrong-type", "Expected an object."))
        return None
    found: dict[str, Any] = {}
    before = len(problems)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in tree:
        if key not in fields:
            problems.append(Problem(pointer(*path, key), "unknown-key", f"There is no {key[:100]!r} here."))
    for name, field in fields.items():
        if name in tree:
            found[field.name] = _value(tree[name], field.type, (*path, name), problems, strict=strict)
        elif field.required:
            problems.append(Problem(pointer(*path, name), "missing-key", f"{name!r} is required."))
    return kind(**found) if len(problems) == before else None


def _value(tree: Any, kind: Any, path: tuple[str | int, ...], problems: list[Problem], *, strict: bool) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(tree, kind, path, problems)
    if get_origin(kind) is list and isinstance(tree, list):
        return [_value(child, get_args(kind)[0], (*path, at), problems, strict=strict) for at, child in enumerate(tree)]
    try:
        return msgspec.convert(tree, kind, strict=strict)
    except msgspec.ValidationError as error:
        detail = str(error).split(" - at `", 1)[0]
        problems.append(Problem(pointer(*path), "wrong-type" if "xpected" in detail else "invalid-value", detail + "."))
        return None
