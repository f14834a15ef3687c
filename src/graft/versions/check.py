"""Check one definition for publishing: its size, its placeholders, and the schema of its kind."""

from collections.abc import Iterator

from graft import jsontext
from graft.errors import Problem
from graft.jsontext import Json
from graft.kinds.registry import Kind
from graft.manifest import Path
from graft.manifest import variables as variables_schema
from graft.templates import malformed_placeholders, whole_placeholders

# Of every placeholder; a text without it has none.
_BEGINNING = b"${"
# A value of each type, which stands for all of them.
_SAMPLES: dict[str, Json] = {
    "string": "", "integer": 0, "number": 0, "boolean": False, "object": {}, "array": [], "null": None,
}  # fmt: skip


def definition_problems(
    kind: Kind, definition: bytes, variables: Json, *, literal: bool, limit: int
) -> Iterator[Problem]:
    """What is wrong with a definition by itself, with pointers relative to it.

    `definition` is JSON text, `variables` the variables schema of the draft, `limit` the bytes that a definition may
    have. With `literal`, nothing in it is a placeholder.
    """
    if len(definition) > limit:
        yield Problem("", "definition-too-large", f"A definition has at most {limit:,} bytes.")

    if not literal:
        for place, text in malformed_placeholders(definition, kind.places):
            detail = f"{text!r} is no placeholder. One is ${{variables.name}}; $${{ writes ${{ as it is."
            yield Problem(place, "malformed-placeholder", detail)

    # without a placeholder there is nothing that was not seen when it was written
    is_open = not literal and _BEGINNING in definition
    if not kind.takes_any_object and (is_open or not kind.shipped):
        tree = jsontext.decode(definition)
        # a placeholder is text: where such a schema lets all of it in, it asks for nothing where one stands
        if kind.asks_types_only and is_open and not any(kind.checker.problems(tree)):
            return
        placeholders = _fill_with_samples(kind, tree, variables) if is_open else {}
        yield from kind.checker.problems(tree, placeholders)


def _fill_with_samples(kind: Kind, tree: Json, variables: Json) -> dict[Path, bool]:
    """Replace each string of `tree` that is one placeholder by a value of the variable's type.

    The result is, by path, whether that type is certain. Where it is not, the placeholder stays.
    """
    found: dict[Path, bool] = {}
    for text, name in whole_placeholders(tree, kind.places):
        types = variables_schema.types_of(variables, name)
        certain = len(types) == 1 and types[0] in _SAMPLES
        found[text.path] = certain
        if certain:
            # a copy for each place, so that no two share one list or object
            text.holder[text.key] = jsontext.decode(jsontext.encode(_SAMPLES[types[0]]))
    return found
