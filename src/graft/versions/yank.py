"""Yank a version, so that nobody new gets it unasked and who has it keeps it, and take that back."""

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict, NotFound, invalid
from graft.events.record import MOST_NAMED, record
from graft.ids import Id
from graft.integrations.access import SeenIntegration, see_locked
from graft.jsontext import Json
from graft.versions import queries, yank_queries
from graft.versions.models import HoldingInstall, Yank, YankRequest
from graft.versions.rows import FoundYank, NewYank
from graft.web.context import ReadContext, WriteContext


async def read_yank(ctx: ReadContext, version_id: Id) -> Yank:
    found = await _access(ctx, version_id)
    holding, count = await yank_queries.select_holding(ctx.db, version_id, ctx.caller, MOST_NAMED)
    return Yank(
        integration_version_id=f"intver_{found.id}",
        integration_id=f"int_{found.integration_id}",
        version=found.version,
        yanked=found.yanked_at is not None,
        reason=found.reason,
        replacement_version_id=f"intver_{found.replacement_id}" if found.replacement_id else None,
        yanked_by=f"usr_{found.yanked_by}" if found.yanked_by else None,
        yanked_at=found.yanked_at,
        current_version=found.current_version,
        install_count=count,
        installs=[HoldingInstall(f"intins_{install_id}", f"wsp_{workspace}") for install_id, workspace in holding],
    )


async def yank(ctx: WriteContext, version_id: Id, body: YankRequest) -> Yank:
    """Of one that is yanked already: with this reason and replacement from now on."""
    found, seen = await _access_locked(ctx, version_id)
    replacement_id = await _replacement(ctx, found, body.replacement_version_id)
    if (found.reason, found.replacement_id) == (body.reason, replacement_id):
        return await read_yank(ctx, version_id)

    new = NewYank(version_id, seen.id, body.reason, replacement_id, ctx.caller.user_id, ctx.now)
    await yank_queries.upsert_yank(ctx.db, new)
    await _choose_current(ctx, seen.id)
    data = _named(found) | {"reason": body.reason}
    if replacement_id is not None:
        data["replacementVersionId"] = f"intver_{replacement_id}"
    await record(ctx, "integration.version_yanked", seen.workspace_id, "int", seen.id, data)
    return await read_yank(ctx, version_id)


async def unyank(ctx: WriteContext, version_id: Id) -> Yank:
    found, seen = await _access_locked(ctx, version_id)
    if found.yanked_at is None:
        raise Conflict("The version is not yanked.", code="not-yanked")

    await yank_queries.delete_yank(ctx.db, version_id)
    await _choose_current(ctx, seen.id)
    await record(ctx, "integration.version_unyanked", seen.workspace_id, "int", seen.id, _named(found))
    return await read_yank(ctx, version_id)


async def _access(ctx: ReadContext, version_id: Id) -> FoundYank:
    found = await yank_queries.select_visible_yank(ctx.db, version_id, ctx.caller)
    if found is None:
        raise NotFound
    return found


async def _access_locked(ctx: WriteContext, version_id: Id) -> tuple[FoundYank, SeenIntegration]:
    """The version, read again once its integration is locked, as publish and other yanks lock it."""
    found = await _access(ctx, version_id)
    seen = await see_locked(ctx, found.integration_id, Tier.EDITOR)
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
    return await _access(ctx, version_id), seen


async def _replacement(ctx: WriteContext, found: FoundYank, text: str | None) -> Id | None:
    if text is None:
        return None
    replacement_id = ids.parse("intver", text)
    if replacement_id == found.id:
        raise invalid("/replacementVersionId", "invalid-value", "A version does not replace itself.")
    if replacement_id is None or not await yank_queries.select_is_version_of(
        ctx.db, replacement_id, found.integration_id
    ):
        raise invalid("/replacementVersionId", "unknown-version", "The integration has no such version.")
    return replacement_id


async def _choose_current(ctx: WriteContext, integration_id: Id) -> None:
    version_id, version = await yank_queries.select_highest(ctx.db, integration_id)
    await queries.update_current_version(ctx.db, integration_id, version_id, version, ctx.now)


def _named(found: FoundYank) -> dict[str, Json]:
    return {"version": found.version, "integrationVersionId": f"intver_{found.id}"}
