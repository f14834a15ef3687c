"""Variables: what their schema must be, the values of an install checked against it, and defaults filled in.

The variables of an integration are the `properties` of its schema's root, because `${variables.name}` in a definition
can name nothing else. A value under another name is a slip, so it is refused, whatever `additionalProperties` says.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from graft.errors import Problem
from graft.jsontext import Json, pointer, steps
from graft.manifest.measure import measure
from graft.manifest.schema_cost import Costs
from graft.manifest.schema_lint import schema_problems
from graft.manifest.schema_walk import Schema, is_local, resolve
from graft.manifest.schemas import MAX_PROBLEMS, Checker, compile_schema
from graft.manifest.shapes import at

# Schemas applied to nodes of the values, a node more for every 16 characters: 0.1 s at most for plain schemas, 2 s for
# patterns made to be slow. A megabyte of text in a variable with a simple pattern stays below it.
MAX_WORK = 2_100_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def declared(schema: Json) -> dict[str, Json]:
    """The variables of a schema, by name; none where there is nothing that could declare any."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def lint(schema: Json) -> list[Problem]:
    """Everything that publish refuses in a variables schema.

    Codes: those of `schema_problems`, `malformed-name`, `unknown-variable` for a required one that is not declared, and
    those of a value for a `default` that does not pass its own schema.
    """
    problems = schema_problems(schema)
    if not isinstance(schema, dict) or any(problem.code == "too-complex" for problem in problems):
        return problems
    problems += _root_problems(schema)
    return problems[:MAX_PROBLEMS] or _default_problems(schema)


def check_values(schema: Schema, values: Json) -> list[Problem]:
    """What is wrong with the values of an install, defaults already filled in; pointers are relative to them.

    `schema` has passed `lint`. Codes: `unknown-variable`, `too-complex`, and those of `Checker.problems`.
    """
    return list(islice(_value_problems(schema, values), MAX_PROBLEMS))


def check_partial(schema: Schema, values: Json) -> list[Problem]:
    """As `check_values` for values that need not be complete, such as `manifest.defaults.variables`: each by itself."""
    return list(islice(_partial_problems(schema, values), MAX_PROBLEMS))


def fill_defaults(schema: Schema, defaults: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """`values` and, for declared variables that are absent, the manifest's `defaults`, then the schema's `default`.

    A `null` that was given stays. Names that are not declared stay in, for `check_values` to refuse.
    """
    filled: dict[str, Json] = {}
    for name, variable in declared(schema).items():
        if name in values:
            continue
        if name in defaults:
            filled[name] = defaults[name]
        elif (found := _holder(schema, variable, "default")) is not None:
            filled[name] = found["default"]
    return {**values, **filled}


def effective(schema: Json, values: Mapping[str, Json]) -> dict[str, Json]:
    """What a template is rendered with: every declared variable, None where it has no value."""
    return {name: values.get(name) for name in declared(schema)}


def types_of(schema: Json, name: str) -> list[str]:
    """The JSON types that the schema of a variable names; none where it leaves that open, or does not declare it."""
    holder = _holder(schema, declared(schema).get(name), "type")
    types = holder["type"] if holder is not None else []
    return [found for found in (types if isinstance(types, list) else [types]) if isinstance(found, str)]


def _root_problems(schema: Schema) -> Iterator[Problem]:
    if schema.get("type", "object") not in ("object", ["object"]):
        yield at(("type",), "wrong-type", "A variables schema describes an object.")
    names = declared(schema)
    for name in names:
        if not NAME.fullmatch(name):
            detail = "A variable's name is 1 to 64 letters, digits and '_', no digit first (${variables.name})."
            yield at(("properties", name), "malformed-name", detail)
    required: list[Json] = schema["required"] if isinstance(schema.get("required"), list) else []
    for place, name in enumerate(required):
        if isinstance(name, str) and name not in names:
            yield at(("required", place), "unknown-variable", f"There is no variable {name[:100]!r} in properties.")


def _default_problems(schema: Schema) -> list[Problem]:
    """What is wrong with the defaults of a schema that is itself in order."""
    holders = {name: _holder(schema, variable, "default") for name, variable in declared(schema).items()}
    values = {name: holder["default"] for name, holder in holders.items() if holder is not None}
    problems: list[Problem] = []
    for problem in check_partial(schema, values):
        way = steps(problem.pointer)
        place = ("properties", way[0], "default", *way[1:]) if way else ("properties",)
        problems.append(at(place, problem.code, problem.detail))
    return problems


def _holder(root: Schema, variable: Json, keyword: str) -> Schema | None:
    """The schema that says a keyword of a variable: its own, else the one that its `$ref` names, and so on."""
    seen: set[int] = set()
    while isinstance(variable, dict) and id(variable) not in seen:
        if keyword in variable:
            return variable
        seen.add(id(variable))
        ref = variable.get("$ref")
        variable = resolve(root, ref) if isinstance(ref, str) and is_local(ref) else None
    return None


def _value_problems(schema: Schema, values: Json) -> Iterator[Problem]:
    if not isinstance(values, dict):
        yield at((), "wrong-type", "Variables are an object.")
        return
    names = declared(schema)
    for name in values:
        if name not in names:
            yield at((name,), "unknown-variable", f"The integration has no variable {name[:100]!r}.")
    known = {name: value for name, value in values.items() if name in names}
    yield from _checked(schema, known)


def _checked(schema: Schema, values: dict[str, Json]) -> Iterator[Problem]:
    if _work(schema, values) > MAX_WORK:
        yield at((), "too-complex", "The values are too large to be checked against this schema.")
        return
    try:
        checker: Checker = compile_schema(schema)
    except ValueError as error:
        yield at((), "invalid-schema", str(error))
        return
    yield from checker.each_problem(values)


def _partial_problems(schema: Schema, values: Json) -> Iterator[Problem]:
    given = frozenset(pointer(name) for name in values) if isinstance(values, dict) else frozenset[str]()
    for problem in _value_problems(schema, values):
        if (
            pointer(*steps(problem.pointer)[:1]) in given
            or problem.code == "too-complex"
            or not isinstance(values, dict)
        ):
            yield problem


def _work(schema: Schema, values: dict[str, Json]) -> int:
    """How many schemas are applied to how many nodes, at most: each variable to its own value, the rest to all."""
    costs = Costs(schema)
    variables = declared(schema)
    own = {name: costs.of(variables[name]) for name in values}
    sizes = {name: measure(value, MAX_WORK).weight for name, value in values.items()}
    rest = max(costs.of(schema) - sum(costs.of(variable) for variable in variables.values()), 1)
    return rest * (1 + sum(sizes.values())) + sum(own[name] * sizes[name] for name in values)
