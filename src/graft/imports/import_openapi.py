"""Import an OpenAPI document: operations and component schemas become entities of a workspace."""

import asyncio
from collections.abc import Sequence

from graft import ids
from graft.auth.caller import Tier
from graft.definitions.queries import insert_versions, update_definitions
from graft.definitions.rows import NewVersion
from graft.document_reading.desk import Document
from graft.entities import queries as entities
from graft.entities.rows import NewEntity
from graft.errors import Conflict, NotFound
from graft.events.record import record_each
from graft.ids import Id
from graft.imports import queries
from graft.imports.members import access_draft_locked, write_members
from graft.imports.models import Counts, Imported, ImportQuery, Named
from graft.imports.source import check_source, choose_source
from graft.openapi_import import FUNCTION, PREFIXES, SCHEMA, Existing, ImportPlan, SchemaKey, Write, plan_import
from graft.web.context import WriteContext
from graft.workspaces.access import access_workspace_of_body
from graft.workspaces.locks import lock_tenant

# Bytes of the definitions of all entities of one source, those that are gone among them.
MAX_SOURCE = 256 * 1024 * 1024
# The reply names so many entities of a list; each takes a kilobyte at most.
_MOST_NAMED = 5_000


async def import_openapi(ctx: WriteContext, query: ImportQuery, prepared: Document) -> Imported:
    """Make the entities of a document, or bring those of earlier imports up to it; then the members of the draft.

    Nothing is written where the document is the one that was imported before. `Conflict` `source-in-use` where the
    call names no source and the title's stands for other operations, `source-too-large` where earlier documents have
    left more than `MAX_SOURCE`.
    """
    workspace_id = (await access_workspace_of_body(ctx, query.workspace_id, Tier.EDITOR)).id
    draft = await access_draft_locked(ctx, query.integration_id, workspace_id)
    if not await lock_tenant(ctx.db, workspace_id):
        raise NotFound

    source = query.source or await choose_source(ctx, prepared.title, draft, workspace_id)
    await _refuse_large(ctx, workspace_id, source)
    existing = await queries.select_imported_entities(ctx.db, workspace_id, source)
    taken = await queries.select_taken_slugs(ctx.db, workspace_id, [FUNCTION, SCHEMA])
    import_plan = await asyncio.to_thread(plan_import, prepared.drafts, existing, taken)
    if query.source is None:
        check_source(source, existing, import_plan)

    await _write(ctx, workspace_id, source, import_plan)
    if draft is not None:
        await write_members(ctx, draft, import_plan)
    return _reply(source, import_plan, query.integration_id, prepared)


async def _refuse_large(ctx: WriteContext, workspace_id: Id, source: str) -> None:
    """Whatever earlier documents left of a source is read and compared: it may not grow without end."""
    if await queries.select_imported_bytes(ctx.db, workspace_id, source) > MAX_SOURCE:
        detail = f"The definitions of source {source} have more than {MAX_SOURCE:,} bytes. Purge those that are gone."
        raise Conflict(detail, code="source-too-large")


async def _write(ctx: WriteContext, workspace_id: Id, source: str, import_plan: ImportPlan) -> None:
    """Write the entities of the plan, their versions and their events: one statement each."""
    # in a thread, because making thousands of rows would hold up every other request
    new, versions = await asyncio.to_thread(_rows, import_plan)

    user_id = ctx.caller.user_id
    if new:
        await entities.insert_entities(ctx.db, workspace_id, user_id, ctx.now, new, source)
    if versions:
        await insert_versions(ctx.db, workspace_id, user_id, ctx.now, versions)
        await update_definitions(ctx.db, workspace_id, ctx.now, versions)
    updated = [*import_plan.changed, *import_plan.revived]
    if updated:
        await queries.update_entities(ctx.db, workspace_id, updated, ctx.now)

    prefixes = {name: kind.prefix for name, kind in ctx.process.kinds.by_name.items()}
    events = [("entity.created", prefixes[row.kind], row.id) for row in new]
    events += [("entity.updated", prefixes[write.kind], write.id) for write in import_plan.changed]
    events += [("entity.restored", prefixes[write.kind], write.id) for write in import_plan.revived]
    if events:
        await record_each(ctx, workspace_id, events, {"source": source})


def _rows(import_plan: ImportPlan) -> tuple[list[NewEntity], list[NewVersion]]:
    """The entities to insert, and a version for each existing entity whose definition changes."""
    new = [
        NewEntity(
            write.id,
            write.kind,
            write.slug,
            write.name,
            write.description,
            write.definition,
            _reference_ids(write),
            ids.new_id(),
            queries.stored_key(write),
        )
        for write in import_plan.added
    ]
    versions = [
        NewVersion(ids.new_id(), write.id, write.definition, _reference_ids(write))
        for write in (*import_plan.changed, *import_plan.revived)
        if write.definition_changed
    ]
    return new, versions


def _reference_ids(write: Write) -> list[Id]:
    """The ids, without prefix, of the entities that the definition names."""
    return [Id(reference.partition("_")[2]) for reference in write.references]


def _reply(source: str, import_plan: ImportPlan, integration_id: str | None, document: Document) -> Imported:
    def counts(kind: str) -> Counts:
        def count(writes: Sequence[Write]) -> int:
            return sum(write.kind == kind for write in writes)

        return Counts(
            count(import_plan.added),
            count(import_plan.changed),
            count(import_plan.revived),
            count(import_plan.unchanged),
            sum(_kind(entity) == kind for entity in import_plan.gone),
        )

    return Imported(
        source,
        counts(FUNCTION),
        counts(SCHEMA),
        [_named(entity) for entity in import_plan.gone[:_MOST_NAMED]],
        [_named(entity) for entity in import_plan.overwritten[:_MOST_NAMED]],
        integration_id,
        document.warnings,
        document.warnings_left_out,
    )


def _named(entity: Existing) -> Named:
    return Named(f"{PREFIXES[_kind(entity)]}_{entity.id}", entity.slug, entity.name)


def _kind(entity: Existing) -> str:
    return SCHEMA if isinstance(entity.key, SchemaKey) else FUNCTION
