"""Variables: check their schema, check the values of an install against it, and fill in defaults.

The variables of an integration are the `properties` of its schema's root, because `${variables.name}` in a definition
can name nothing else. A value under another name is a slip, so it is refused, whatever `additionalProperties` says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from graft.errors import Problem, Problems, cut
from graft.jsontext import Json, short_pointer, steps
from graft.manifest.measure import measure
from graft.manifest.schema_cost import Costs
from graft.manifest.schema_lint import schema_problems
from graft.manifest.schema_walk import Schema, is_local, resolve
from graft.manifest.schemas import Checker, compile_schema
from graft.manifest.shapes import at

# The most work to check the values of one install: cost of schemas (`Costs`) × weight of values (`Size.weight`). It
# takes at most 0.1 s with plain schemas, and 2 s with patterns made to be slow. A megabyte of text in a variable with a
# simple pattern is less.
MAX_WORK = 2_100_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# The type of a scalar → the declared types that it is one of.
_SCALARS: Mapping[type, Sequence[list[str]]] = {
    str: [["string"]],
    bool: [["boolean"]],
    int: [["integer"], ["number"]],
    Decimal: [["number"]],
}


def declared(schema: Json) -> dict[str, Json]:
    """The variables of a schema: name → schema. Empty if the schema declares none, or is none."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def lint(schema: Json) -> Problems:
    """Everything that publish refuses in a variables schema.

    Codes: those of `schema_problems`; `malformed-name`; `unknown-variable` for a required variable that is not
    declared; those of `check_partial` for a `default` that does not fit its own schema.
    """
    problems = schema_problems(schema)
    if not isinstance(schema, dict) or any(problem.code == "too-complex" for problem in problems):
        return problems
    return problems.take(_root_problems(schema)) or Problems(_default_problems(schema))


def check_values(schema: Schema, values: Json) -> Problems:
    """The problems of the values of an install, after `fill_defaults`; pointers are relative to the values.

    `schema` must have passed `lint`. Codes: `unknown-variable`, `too-complex`, and those of `Checker.problems`.
    """
    return Problems(_value_problems(schema, values))


def check_partial(schema: Schema, values: Json) -> Problems:
    """As `check_values`, for values that need not be complete, such as `manifest.defaults.variables`.

    Problems that concern no single value, such as a required variable that is missing, are left out.
    """
    return Problems(_partial_problems(schema, values))


def fill_defaults(schema: Schema, defaults: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """Complete `values`: a declared variable without a value gets that of `defaults`, or else its schema's `default`.

    `defaults` are the manifest's. A given `null` is a value. Undeclared names stay: `check_values` refuses them.
    """
    filled: dict[str, Json] = {}
    for name, variable in declared(schema).items():
        if name in values:
            continue
        if name in defaults:
            filled[name] = defaults[name]
        elif (holder := _holder(schema, variable, "default")) is not None:
            filled[name] = holder["default"]
    return {**values, **filled}


def effective(schema: Json, values: Mapping[str, Json]) -> dict[str, Json]:
    """What templates are rendered with: every declared variable, None for one without a value."""
    return {name: values.get(name) for name in declared(schema)}


def types_of(schema: Json, name: str) -> list[str]:
    """The JSON types that the schema of a variable names; empty if it leaves them open, or has no such variable."""
    holder = _holder(schema, declared(schema).get(name), "type")
    types = holder["type"] if holder is not None else []
    return [found for found in (types if isinstance(types, list) else [types]) if isinstance(found, str)]


def typed_scalars(schema: Json, values: Mapping[str, Json]) -> frozenset[str]:
    """The names whose value is text, a number or a boolean, and of the one type that the schema names for it."""
    return frozenset(name for name, value in values.items() if types_of(schema, name) in _SCALARS.get(type(value), ()))


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


def _default_problems(schema: Schema) -> Iterator[Problem]:
    """The problems of the `default`s, at their places in the schema, which has no other problem."""
    holders = {name: _holder(schema, variable, "default") for name, variable in declared(schema).items()}
    values = {name: holder["default"] for name, holder in holders.items() if holder is not None}

    for problem in _partial_problems(schema, values):
        path = steps(problem.pointer)
        place = ("properties", path[0], "default", *path[1:]) if path else ("properties",)
        yield at(place, problem.code, problem.detail)


def _holder(root: Schema, variable: Json, keyword: str) -> Schema | None:
    """The schema that has this keyword: the variable's own, or the first along its chain of `$ref`s."""
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
    yield from _schema_violations(schema, known)


def _schema_violations(schema: Schema, values: dict[str, Json]) -> Iterator[Problem]:
    """Check values of declared variables; too large ones are refused before any work is done."""
    work = _work(schema, values)
    if work > MAX_WORK:
        yield at((), "too-complex", "The values are too large to be checked against this schema.")
        return
    try:
        checker: Checker = compile_schema(schema)
    except ValueError as error:
        yield at((), "invalid-schema", str(error))
        return
    yield from checker.problems(values, most=work)


def _partial_problems(schema: Schema, values: Json) -> Iterator[Problem]:
    # as problems tell them, where long names are cut; below an undeclared one there are no problems
    given = frozenset(cut(short_pointer(name)) for name in values) if isinstance(values, dict) else frozenset[str]()
    for problem in _value_problems(schema, values):
        of_given_value = problem.pointer in given or short_pointer(*steps(problem.pointer)[:1]) in given
        if of_given_value or problem.code == "too-complex" or not isinstance(values, dict):
            yield problem


def _work(schema: Schema, values: dict[str, Json]) -> int:
    """The most work to check the values: each against its variable's schema, and all against the rest of the root."""
    costs = Costs(schema)
    variables = declared(schema)
    own = {name: costs.of(variables[name]) for name in values}
    weights = {name: measure(value, MAX_WORK).weight for name, value in values.items()}
    rest = max(costs.of(schema) - sum(costs.of(variable) for variable in variables.values()), 1)

    return rest * (1 + sum(weights.values())) + sum(own[name] * weights[name] for name in values)
