"""What an import does before its transaction: see whether the caller may import, and read the document."""

from collections.abc import Awaitable, Callable
from typing import Any

from graft import ids
from graft.auth.caller import Tier
from graft.document_reading.desk import Document
from graft.document_reading.worker import DataPlaces, Task
from graft.errors import Conflict, NotFound, invalid
from graft.ids import Id
from graft.imports.models import ImportQuery
from graft.integrations.access import AccessedIntegration, access_integration
from graft.openapi_import import FUNCTION, SCHEMA
from graft.web.context import PrepareContext, Process, ReadContext
from graft.workspaces.access import access_workspace_of_body

_MIB = 1024 * 1024


async def read_import(ctx: PrepareContext, query: ImportQuery, body: bytes) -> Document:
    """The document in `body`, read for a caller who may import it."""
    async with ctx.reading() as reading:
        workspace = await access_workspace_of_body(reading, query.workspace_id, Tier.EDITOR)
        await draft_of(reading, query.integration_id, workspace.id, access_integration)
    return await ctx.process.imports.read(workspace.id, _task(ctx.process, query), body)


async def draft_of(
    ctx: ReadContext,
    text: str | None,
    workspace_id: Id,
    access: Callable[[Any, Id, Tier], Awaitable[AccessedIntegration]],
) -> AccessedIntegration | None:
    """The draft whose manifest is to be written, by `access` to it; it must be of the same workspace."""
    if text is None:
        return None
    integration_id = ids.parse("int", text)
    try:
        # who edits the workspace edits its drafts; one of another workspace is none of this one, whatever its tier
        seen = await access(ctx, integration_id, Tier.VIEWER) if integration_id else None
    except NotFound:
        seen = None
    if seen is None or seen.workspace_id != workspace_id:
        raise invalid("integrationId", "unknown-integration", "The workspace has no such integration.")
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
    return seen


def _task(process: Process, query: ImportQuery) -> Task:
    settings, registry = process.settings, process.kinds
    places = {name: registry.by_name[name].places for name in (FUNCTION, SCHEMA)}
    return Task(
        settings.max_document,
        settings.max_definition,
        settings.max_import_entities,
        settings.max_import_seconds,
        settings.max_import_memory * _MIB,
        query.placeholders or "literal",
        {name: DataPlaces(found.keywords, found.names) for name, found in places.items()},
    )
