"""Import an OpenAPI document: operations and component schemas become entities of a workspace."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.entities import queries as entities
from graft.entities.access import kinds
from graft.entities.queries import NewEntity, NewVersion
from graft.errors import Conflict, NotFound, invalid
from graft.events.record import record_each
from graft.ids import Id
from graft.imports import queries
from graft.imports.models import Counts, Gone, Imported, ImportQuery
from graft.integrations.access import Seen, access_locked
from graft.integrations.create import replace_manifest
from graft.jsontext import Json
from graft.openapi_import.extract import Extracted, extract
from graft.openapi_import.limits import LIMITS, Limits
from graft.openapi_import.match import Existing, SchemaKey
from graft.openapi_import.plan import FUNCTION, PREFIXES, SCHEMA, ImportPlan, Write, manifest_members, plan
from graft.openapi_import.read import read_document
from graft.openapi_import.slugs import slug_of
from graft.web.context import Writing
from graft.workspaces.access import access_workspace_of_body, lock_workspace


async def import_openapi(ctx: Writing, query: ImportQuery, body: bytes) -> Imported:
    """Nothing is written where the document is what was imported before."""
    workspace = await access_workspace_of_body(ctx, query.workspace_id, Tier.EDITOR)
    draft = await _draft(ctx, query.integration_id, workspace["id"])
    # a large document takes a second: other requests go on meanwhile
    limits = replace(LIMITS, document_bytes=ctx.process.settings.max_document)
    extracted, title = await asyncio.to_thread(_read, body, limits)
    source = query.source or slug_of(title, "document")
    await lock_workspace(ctx, workspace["id"])
    found = await queries.existing(ctx.db, workspace["id"], source)
    taken = await queries.taken_slugs(ctx.db, workspace["id"], [FUNCTION, SCHEMA])
    import_plan = await asyncio.to_thread(plan, extracted, found, taken)
    await _write(ctx, workspace["id"], source, import_plan)
    if draft is not None:
        await _write_manifest(ctx, draft, import_plan)
    return _reply(source, import_plan, query.integration_id)


async def _draft(ctx: Writing, text: str | None, workspace_id: Id) -> Seen | None:
    """The draft whose manifest is to be written; it must be of the same workspace."""
    if text is None:
        return None
    integration_id = ids.parse("int", text)
    try:
        # who edits the workspace edits its drafts; one of another workspace is none of this one, whatever its tier
        seen = await access_locked(ctx, integration_id, Tier.VIEWER) if integration_id else None
    except NotFound:
        seen = None
    if seen is None or seen.workspace_id != workspace_id:
        raise invalid("integrationId", "unknown-integration", "The workspace has no such integration.")
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
    return seen


def _read(body: bytes, limits: Limits) -> tuple[Extracted, str]:
    document = read_document(body, limits)
    extracted = extract(document, limits)
    return extracted, str(document["info"].get("title", "")) if isinstance(document.get("info"), dict) else ""


async def _write(ctx: Writing, workspace_id: Id, source: str, import_plan: ImportPlan) -> None:
    registry = kinds(ctx.process)
    new = [
        NewEntity(
            write.id,
            write.kind,
            write.slug,
            write.name,
            write.description,
            write.definition,
            _refs(write),
            ids.new_id(),
            queries.stored_key(write.key),
        )
        for write in import_plan.added
    ]
    user_id = ctx.caller.user_id
    if new:
        await entities.insert(ctx.db, workspace_id, user_id, ctx.now, new, source)
    present = [*import_plan.changed, *import_plan.revived]
    versions = [
        NewVersion(ids.new_id(), write.id, write.definition, _refs(write))
        for write in present
        if write.definition_changed
    ]
    if versions:
        await entities.insert_versions(ctx.db, workspace_id, user_id, ctx.now, versions)
        await entities.set_definitions(ctx.db, workspace_id, ctx.now, versions)
    if present:
        await queries.update(ctx.db, workspace_id, present, ctx.now)
    events = [("entity.created", registry.by_name[row.kind].prefix, row.id) for row in new]
    events += [("entity.updated", registry.by_name[write.kind].prefix, write.id) for write in import_plan.changed]
    events += [("entity.restored", registry.by_name[write.kind].prefix, write.id) for write in import_plan.revived]
    if events:
        await record_each(ctx, workspace_id, events, {"source": source})


def _refs(write: Write) -> list[Id]:
    return [Id(reference.partition("_")[2]) for reference in write.references]


async def _write_manifest(ctx: Writing, draft: Seen, import_plan: ImportPlan) -> None:
    """Every operation a member; entries for the same entities keep what their author set, others stay as they are."""
    manifest = jsontext.decode(bytes(draft.row["manifest"]))
    changed = {**manifest, "members": _merged(manifest.get("members", []), import_plan)}
    if changed != manifest:
        await replace_manifest(ctx, draft, changed)


def _merged(members: Sequence[Json], import_plan: ImportPlan) -> list[Json]:
    gone = {f"{PREFIXES[FUNCTION]}_{entity.id}" for entity in import_plan.gone}
    kept = [member for member in members if member["entityId"] not in gone]
    known = {member["entityId"] for member in kept}
    return [*kept, *(member for member in manifest_members(import_plan) if member["entityId"] not in known)]


def _reply(source: str, import_plan: ImportPlan, integration_id: str | None) -> Imported:
    def counts(kind: str) -> Counts:
        def count(found: Sequence[Write]) -> int:
            return sum(write.kind == kind for write in found)

        return Counts(
            count(import_plan.added),
            count(import_plan.changed),
            count(import_plan.revived),
            count(import_plan.unchanged),
            sum(_kind(entity) == kind for entity in import_plan.gone),
        )

    gone = [Gone(f"{PREFIXES[_kind(found)]}_{found.id}", found.slug, found.name) for found in import_plan.gone]
    return Imported(source, counts(FUNCTION), counts(SCHEMA), gone, integration_id)


def _kind(entity: Existing) -> str:
    return SCHEMA if isinstance(entity.key, SchemaKey) else FUNCTION
