"""What a definition must be to be published: with placeholders that are some, and as its kind wants it."""

from collections.abc import Iterator
from itertools import islice

from graft import jsontext
from graft.errors import Problem
from graft.jsontext import Json
from graft.kinds.registry import Kind
from graft.manifest import MAX_PROBLEMS
from graft.manifest import variables as variables_schema
from graft.templates import malformed_placeholders, whole_placeholders

# A value of each type, which stands for all of them.
_SAMPLES: dict[str, Json] = {
    "string": "", "integer": 0, "number": 0, "boolean": False, "object": {}, "array": [], "null": None,
}  # fmt: skip


def definition_problems(kind: Kind, definition: bytes, variables: Json, *, literal: bool, limit: int) -> list[Problem]:
    """What is wrong with a definition by itself, at most a hundred problems; pointers are relative to it.

    `variables` is the variables schema, `limit` the most bytes. In a `literal` one nothing is a placeholder.
    """
    return list(islice(_each_problem(kind, definition, variables, literal=literal, limit=limit), MAX_PROBLEMS))


def _each_problem(kind: Kind, definition: bytes, variables: Json, *, literal: bool, limit: int) -> Iterator[Problem]:
    if len(definition) > limit:
        yield Problem("", "definition-too-large", f"A definition has at most {limit:,} bytes.")

    if not literal:
        for place, text in malformed_placeholders(definition, kind.places):
            detail = f"{text!r} is no placeholder. One is ${{variables.name}}; $${{ writes ${{ as it is."
            yield Problem(place, "malformed-placeholder", detail)

    if not kind.takes_any_object:
        tree = jsontext.decode(definition)
        unknown = {} if literal else _fill_with_samples(kind, tree, variables)
        yield from kind.checker.problems(tree, unknown)


def _fill_with_samples(kind: Kind, tree: Json, variables: Json) -> dict[str, bool]:
    """Put a value of the variable's type for each placeholder; where they stand, and whether the type is certain."""
    unknown: dict[str, bool] = {}
    for text, name in whole_placeholders(tree, kind.places):
        types = variables_schema.types_of(variables, name)
        certain = len(types) == 1 and types[0] in _SAMPLES
        unknown[text.pointer] = certain
        if certain:
            # a fresh one, so that no walk meets what it has put there
            text.holder[text.key] = jsontext.decode(jsontext.encode(_SAMPLES[types[0]]))
    return unknown
