"""What an import does before its transaction: check that the caller may import, and read the document."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from graft import ids
from graft.auth.caller import Tier
from graft.document_reading.desk import Document
from graft.document_reading.worker import DataPlaces, Task
from graft.errors import Conflict, Forbidden, NotFound, invalid
from graft.ids import Id
from graft.imports.models import ImportQuery
from graft.integrations.access import SeenIntegration, see_integration
from graft.openapi_import import FUNCTION, SCHEMA
from graft.web.context import PrepareContext, Process, ReadContext
from graft.workspaces.access import access_workspace_of_body

_MIB = 1024 * 1024

Seen = TypeVar("Seen", bound=SeenIntegration)


async def read_import(ctx: PrepareContext, query: ImportQuery, body: bytes) -> Document:
    """Read the document in `body`, which may be gzipped, for a caller who may import it.

    It is read in a process of its own. `Invalid` lists what is wrong with it, `Unavailable` says that too many wait.
    """
    async with ctx.reading() as reading:
        workspace = await access_workspace_of_body(reading, query.workspace_id, Tier.EDITOR)
        await access_draft(reading, query.integration_id, workspace.id, see_integration)
    return await ctx.process.imports.read(workspace.id, _task(ctx.process, query), body)


async def access_draft(
    ctx: ReadContext,
    text: str | None,
    workspace_id: Id,
    access: Callable[[Any, Id, Tier], Awaitable[Seen]],
) -> Seen | None:
    """The draft with the wire id `text`, loaded by `access`; `None` where the call names none.

    `Invalid` where the workspace has no such integration, `Conflict` where it is deleted.
    """
    if text is None:
        return None

    integration_id = ids.parse("int", text)
    try:
        # the caller edits the workspace, so it edits its drafts; others that it edits are refused below
        seen = await access(ctx, integration_id, Tier.EDITOR) if integration_id else None
    except (NotFound, Forbidden):
        seen = None

    if seen is None or seen.workspace_id != workspace_id:
        raise invalid("integrationId", "unknown-integration", "The workspace has no such integration.")
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
    return seen


def _task(process: Process, query: ImportQuery) -> Task:
    """How the document is to be read, with the limits of this process."""
    settings, kinds = process.settings, process.kinds.by_name
    places = {name: kinds[name].places for name in (FUNCTION, SCHEMA)}
    return Task(
        settings.max_document,
        settings.max_definition,
        settings.max_import_entities,
        settings.max_import_seconds,
        settings.max_import_memory * _MIB,
        query.placeholders or "literal",
        {name: DataPlaces(found.keywords, found.names) for name, found in places.items()},
    )
