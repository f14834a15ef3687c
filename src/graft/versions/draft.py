"""Load a draft with the entities that it names, as its publisher sees them, and compose its members."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from graft import jsontext
from graft.auth.caller import Tier
from graft.batches import batches
from graft.definitions.render import reader
from graft.entities import queries as entity_queries
from graft.errors import Invalid, NotFound, Problems, Unavailable, invalid
from graft.ids import Id
from graft.integrations.access import SeenIntegration
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.lanes import LanesFull
from graft.manifest import Manifest, auth_config, manifest, variables
from graft.templates import TemplateCache, references
from graft.versions import queries
from graft.versions.compose import MemberProblems, Rules, compose
from graft.versions.rows import ComposedMember, DraftedRow, DraftEntity, FoundDraft
from graft.web.context import PrepareContext, Process, ReadContext

# Bytes of all definitions of one draft, as they read.
MAX_DEFINITIONS = 256 * 1024 * 1024
# The members of a version and what they reach; and how often all of them together name each other, or a variable, each
# name once a member: whoever installs the version has all of it in memory.
MAX_ENTITIES = 25_000
MAX_NAMES = 500_000
# Bytes of the definitions that one statement reads, compressed as the database stores them; unpacked they are a hundred
# times as much at worst. Most drafts are one lot, and so are read as they were at one moment.
_LOT = 4 * 1024 * 1024


# What is told of the problems of members, and what looks for them: `all_problems` or `by_member`.
Verdict = TypeVar("Verdict")
Judge = Callable[[Iterable[MemberProblems]], Verdict]


@dataclass(frozen=True, slots=True)
class Draft(Generic[Verdict]):
    """A draft with its members composed, and what stands in the way of publishing it.

    The texts are the documents as JSON. `problems` are those of the documents, with pointers into a draft
    (`/manifest/…`, `/variablesSchema/…`, `/authConfig/…`); `verdict` is on members and their entities.
    """

    workspace_id: Id
    publisher: str
    slug: str
    current_version: str | None
    manifest_text: bytes
    variables_text: bytes
    auth_text: bytes
    manifest: Manifest
    members: list[ComposedMember]
    verdict: Verdict
    problems: Problems

    @property
    def dependencies(self) -> list[Json]:
        """As installs read them of the version: without what the manifest leaves out."""
        return [
            {"integration": found.integration, "range": found.range, "optional": found.optional}
            for found in self.manifest.dependencies
        ]


@dataclass(frozen=True, slots=True)
class DraftInput:
    """All of the database that a draft is composed of.

    `entities` are those that it names and the schemas that these reach, as its publisher sees them. `before` has the
    closure slugs of the version that comes before, by entity.
    """

    row: FoundDraft
    entities: Mapping[Id, DraftEntity]
    before: Mapping[Id, str]


@dataclass(frozen=True, slots=True)
class ComposedDraft(Generic[Verdict]):
    """A draft, and what it was composed of."""

    given: DraftInput
    draft: Draft[Verdict]


async def compose_in_turn(
    ctx: PrepareContext, seen: SeenIntegration, version: str | None, judge: Judge[Verdict]
) -> ComposedDraft[Verdict]:
    """The draft of an integration, as it would be published under `version`; with None, as its highest version.

    The caller must be its editor, which is not checked here. One draft of a workspace is composed at a time; it holds a
    connection only while it reads. `NotFound` if there is no such integration; `Invalid` if it is larger than a version
    may be: `MAX_DEFINITIONS`, `MAX_ENTITIES`, `MAX_NAMES`; `Unavailable` `busy` where too many wait.
    """
    try:
        # what is read takes memory, so it is read when it is its turn
        async with ctx.process.drafts.turn(seen.workspace_id):
            async with ctx.reading() as reading:
                given = await read_draft(reading, seen.id, version)
            return ComposedDraft(given, await compose_draft(ctx.process, given, judge))
    except LanesFull:
        raise Unavailable("Too many drafts wait to be composed; try again later.", code="busy") from None


async def read_draft(ctx: ReadContext, integration_id: Id, version: str | None) -> DraftInput:
    """What is composed to a draft that is published under `version`; with None, as the highest of all.

    It takes a connection, and composing takes none.
    """
    row = await queries.select_draft(ctx.db, integration_id)
    if row is None:
        raise NotFound
    parsed = await asyncio.to_thread(lambda: manifest.parse(jsontext.decode(bytes(row.manifest))))
    entities = await _entities(ctx, row.workspace_id, parsed)
    return DraftInput(row, entities, await queries.select_closure_before(ctx.db, integration_id, version))


async def compose_draft(process: Process, given: DraftInput, judge: Judge[Verdict]) -> Draft[Verdict]:
    """The draft, with what stands in the way of publishing it; of its members, what `judge` tells."""
    # in a thread, as thousands of members take a second and other requests go on meanwhile
    return await asyncio.to_thread(_composed, process, given, judge)


def _composed(process: Process, given: DraftInput, judge: Judge[Verdict]) -> Draft[Verdict]:
    row = given.row
    tree, schema, auth = (
        jsontext.decode(bytes(text)) for text in (row.manifest, row.variables_schema, row.auth_config)
    )
    parsed = manifest.parse(tree)
    problems = _document_problems(process, parsed, schema, auth, f"{row.publisher}/{row.slug}")
    rules = Rules(schema, process.kinds, process.settings.max_definition, given.before)
    members, broken = compose(parsed, given.entities, rules)
    if sum(len(member.template.refs) + len(member.template.variables) for member in members) > MAX_NAMES:
        raise _too_large(f"The members name each other and variables more than {MAX_NAMES:,} times.")

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
        judge(broken),
        problems,
    )


def _too_large(detail: str) -> Invalid:
    return invalid("/manifest/members", "draft-too-large", detail)


def _document_problems(process: Process, parsed: Manifest, schema: Json, auth: Json, name: str) -> Problems:
    """What is wrong with the three documents by themselves. `name` is the integration's, `publisher/slug`."""
    problems = Problems().take(manifest.publish_problems(parsed, process.kinds.by_name, name), "/manifest")

    lint = variables.lint(schema)
    problems.take(lint, "/variablesSchema")
    if not lint and parsed.defaults.variables:
        problems.take(variables.check_partial(schema, parsed.defaults.variables), "/manifest/defaults/variables")

    return problems.take(auth_config.publish_problems(auth), "/authConfig")


async def _entities(ctx: ReadContext, workspace_id: Id, parsed: Manifest) -> dict[Id, DraftEntity]:
    """The entities that the draft names, and the schemas that these reach, by id.

    An entity that the publisher may not see is left out, as if it did not exist. Definitions are read in lots, so that
    a draft that is too large is refused before all of it is in memory.
    """
    registry = ctx.process.kinds
    named = [entity[1] for member in parsed.members if (entity := registry.parse(member.entity_id))]
    rows = await queries.select_reached(ctx.db, workspace_id, named)
    if len(rows) > MAX_ENTITIES:
        raise _too_large(f"With all that they name, the members are more than {MAX_ENTITIES:,} entities.")
    if ctx.caller.tier_in(workspace_id) < Tier.VIEWER:
        seen = await entity_queries.select_visible(ctx.db, [row.id for row in rows], ctx.caller)
        rows = [row for row in rows if (row.kind, row.id) in seen]

    found: dict[Id, DraftEntity] = {}
    left = MAX_DEFINITIONS
    for lot in batches(rows, lambda row: row.stored_bytes, _LOT):
        drafted = await queries.select_drafted(ctx.db, workspace_id, [row.id for row in lot])
        # in a thread, as thousands of definitions take a second and other requests go on meanwhile
        entities = await asyncio.to_thread(_read, drafted, ctx.process, left)
        left -= sum(len(entity.definition) for entity in entities)
        found |= {entity.id: entity for entity in entities}
    return found


def _read(rows: Sequence[DraftedRow], process: Process, most: int) -> list[DraftEntity]:
    """The entities of a lot; `Invalid` as soon as they read as more than `most` bytes, as small templates may."""
    # not the cache of the process: that one belongs to the event loop, and this runs in a thread
    read = reader(process, TemplateCache())
    read.remember(rows)

    found: list[DraftEntity] = []
    for row in rows:
        definition = read.definition(row)
        most -= len(definition)
        if most < 0:
            detail = f"With all that they name, the members have more than {MAX_DEFINITIONS:,} bytes of definitions."
            raise _too_large(detail)
        found.append(_entity(row, definition, process.kinds))
    return found


def _entity(row: DraftedRow, definition: bytes, kinds: Kinds) -> DraftEntity:
    # What an entity names was decided when it was written: a string in the form of an id may have been text to it.
    named = frozenset(row.named.values() if row.definition is None else row.refs or ())
    found = references(definition, kinds.prefixes, kinds.by_name[row.kind].places)
    return DraftEntity(
        row.id,
        row.workspace_id,
        row.kind,
        row.slug,
        row.name,
        row.description,
        row.version_id,
        definition,
        [reference for reference in found if reference.id in named],
        # a clone has a base, even after its install was purged
        literal=row.base_id is not None,
        deleted=row.deleted_at is not None,
    )
