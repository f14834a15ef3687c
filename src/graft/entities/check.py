"""What a definition must be to be stored: of its kind's schema, not too deep, naming only what its writer sees."""

from collections.abc import Collection, Iterator

from graft.entities import queries
from graft.errors import Problem, Problems
from graft.ids import Id
from graft.jsontext import Json, first_deeper, nests_deeper, pointer_to
from graft.kinds.registry import Kind, Kinds
from graft.templates import Reference, reference_places, references, whole_placeholders
from graft.web.context import ReadContext

DEFINITION_DEPTH = 28


def shape_problems(kind: Kind, definition: Json, *, literal: bool = False) -> Problems:
    """Against the kind's schema and the limit of nesting; pointers are relative to the definition.

    A string that is only a placeholder stands for any value, unless the definition is `literal`, as a clone's is: which
    variables there will be is not known before a version is published.
    """
    if nests_deeper(definition, DEFINITION_DEPTH):
        deep = pointer_to(first_deeper(definition, DEFINITION_DEPTH))
        return Problems([Problem(deep, "too-deep", f"A definition nests at most {DEFINITION_DEPTH} deep.")])
    if literal or kind.takes_any_object:
        return Problems(kind.checker.problems(definition))
    unknown = {found.text.path: False for found in whole_placeholders(definition, kind.places)}
    return Problems(kind.checker.problems(definition, unknown))


async def definition_problems(
    ctx: ReadContext, kind: Kind, tree: Json, definition: bytes, *, literal: bool = False, known: Collection[Id] = ()
) -> Problems:
    """All that keeps a definition, given as tree and as text, from being stored; `known` references need no look."""
    limit = ctx.process.settings.max_definition
    if len(definition) > limit:
        return Problems([Problem("", "definition-too-large", f"A definition has at most {limit:,} bytes.")])
    return shape_problems(kind, tree, literal=literal) or await reference_problems(ctx, kind, tree, definition, known)


async def reference_problems(
    ctx: ReadContext, kind: Kind, tree: Json, definition: bytes, known: Collection[Id] = ()
) -> Problems:
    """A problem for each reference to what the caller does not see; `known` need no look."""
    registry = ctx.process.kinds
    named = [found for found in references(definition, registry.prefixes, kind.places) if found.id not in known]
    seen = await queries.select_visible(ctx.db, [found.id for found in named], ctx.caller)
    bad = {found for found in named if (registry.by_prefix[found.prefix].name, found.id) not in seen}
    return Problems(_unknown_references(kind, tree, bad, registry) if bad else ())


def _unknown_references(kind: Kind, tree: Json, bad: Collection[Reference], registry: Kinds) -> Iterator[Problem]:
    for text, found in reference_places(tree, registry.prefixes, kind.places):
        if found in bad:
            yield Problem(text.shown, "unknown-reference", f"There is no {found.prefix}_{found.id}.")
