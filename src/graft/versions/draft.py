"""Load what a draft names, as its publisher sees it, and compose it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graft import jsontext
from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.definitions.render import Reader, ids_of
from graft.entities import queries as entity_queries
from graft.errors import NotFound, Problem, invalid
from graft.ids import Id
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.manifest import Manifest, auth_config, manifest, variables
from graft.templates import TemplateCache, references
from graft.versions import queries
from graft.versions.compose import MemberProblem, Rules, compose
from graft.versions.rows import ComposedMember, DraftEntity, ReachedEntity
from graft.web.context import ReadContext

# Of the definitions of one draft, as they read.
MAX_DEFINITIONS = 256 * 1024 * 1024
# Compressed, as the database keeps them: a hundred times as much unpacked, at worst. Most drafts are one lot, and so
# are read as they were at one moment.
_LOT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its members composed, and everything that stands in the way of publishing it."""

    workspace_id: Id
    publisher: str
    slug: str
    current_version: str | None
    manifest_text: bytes
    variables_text: bytes
    auth_text: bytes
    manifest: Manifest
    members: list[ComposedMember]
    broken: list[MemberProblem]
    problems: list[Problem]


async def load_draft(ctx: ReadContext, integration_id: Id, version: str | None = None) -> Draft:
    """The draft of an integration that the caller edits, as `version` or as one above all that there are."""
    row = await queries.select_draft(ctx.db, integration_id)
    if row is None:
        raise NotFound
    tree, schema, auth = (
        jsontext.decode(bytes(text)) for text in (row.manifest, row.variables_schema, row.auth_config)
    )
    problems = _document_problems(ctx, tree, schema, auth, f"{row.publisher}/{row.slug}")
    parsed = manifest.parse(tree)
    entities = await _entities(ctx, row.workspace_id, parsed)
    before = await queries.select_closure_before(ctx.db, integration_id, version)
    rules = Rules(schema, ctx.process.kinds, ctx.process.settings.max_definition, before)
    members, broken = await asyncio.to_thread(compose, parsed, entities, rules)
    return Draft(
        row.workspace_id,
        row.publisher,
        row.slug,
        row.current_version,
        bytes(row.manifest),
        bytes(row.variables_schema),
        bytes(row.auth_config),
        parsed,
        members,
        broken,
        problems,
    )


def _document_problems(ctx: ReadContext, tree: Json, schema: Json, auth: Json, name: str) -> list[Problem]:
    """What is wrong with the three documents by themselves; `name` is that of the integration, `publisher/slug`."""
    parsed = manifest.parse(tree)
    found = manifest.check_publishable(parsed, ctx.process.kinds.by_name, name)
    problems = [problem.under("/manifest") for problem in found]
    lint = variables.lint(schema)
    problems += [problem.under("/variablesSchema") for problem in lint]
    if not lint and parsed.defaults.variables:
        found = variables.check_partial(schema, parsed.defaults.variables)
        problems += [problem.under("/manifest/defaults/variables") for problem in found]
    problems += [problem.under("/authConfig") for problem in auth_config.check_publishable(auth)]
    return problems


async def _entities(ctx: ReadContext, workspace_id: Id, parsed: Manifest) -> dict[Id, DraftEntity]:
    """What the draft names and reaches. To the publisher, an entity that it cannot see does not exist.

    Read in lots, so that a draft that is too large is refused before all of it is in memory.
    """
    registry = ctx.process.kinds
    named = [entity[1] for member in parsed.members if (entity := registry.parse(member.entity_id))]
    rows = await queries.select_reached(ctx.db, workspace_id, named)
    if ctx.caller.tier_in(workspace_id) < Tier.VIEWER:
        seen = await entity_queries.visible(ctx.db, [row.id for row in rows], ctx.caller)
        rows = [row for row in rows if (row.kind, row.id) in seen]

    found: dict[Id, DraftEntity] = {}
    total = 0
    for lot in _lots(rows):
        drafted = await queries.select_drafted(ctx.db, workspace_id, lot)
        # thousands of definitions take a second: other requests go on meanwhile
        entities = await asyncio.to_thread(_read, drafted, registry)
        total += sum(len(entity.definition) for entity in entities)
        if total > MAX_DEFINITIONS:
            detail = f"With all that they name, the members have more than {MAX_DEFINITIONS:,} bytes of definitions."
            raise invalid("/manifest/members", "draft-too-large", detail)
        found |= {entity.id: entity for entity in entities}
    return found


def _lots(rows: Sequence[ReachedEntity]) -> Iterator[list[Id]]:
    """Ids of entities whose texts are read at once."""
    lot: list[Id] = []
    size = 0
    for row in rows:
        if lot and size + row.stored_bytes > _LOT:
            yield lot
            lot, size = [], 0
        lot.append(row.id)
        size += row.stored_bytes
    if lot:
        yield lot


def _read(rows: Sequence[Row], registry: Kinds) -> list[DraftEntity]:
    # a cache of its own, because the process's belongs to the event loop
    read = Reader(TemplateCache())
    return [_entity(row, read.definition(row), registry) for row in rows]


def _entity(row: Row, definition: bytes, kinds: Kinds) -> DraftEntity:
    # What an entity names was decided when it was written: an id that an import found in a text is text.
    named = frozenset(ids_of(row).values() if row["definition"] is None else row["refs"])
    found = references(definition, kinds.prefixes, kinds.by_name[row["kind"]].places)
    return DraftEntity(
        row["id"],
        row["workspace_id"],
        row["kind"],
        row["slug"],
        row["name"],
        row["description"],
        row["version_id"],
        definition,
        [reference for reference in found if reference.id in named],
        # a clone goes on being one when its install is purged
        literal=row["base_id"] is not None,
        deleted=row["deleted_at"] is not None,
    )
