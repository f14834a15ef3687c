"""Load an install for a caller: what it may not see does not exist."""

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Forbidden
from graft.ids import Id
from graft.installs import queries
from graft.installs.listing import LIST
from graft.installs.models import Install
from graft.installs.requirements import check_auth_state
from graft.installs.rows import InstallRow
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext, WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.web.row import access_row, read_row
from graft.workspaces.locks import lock_tenant


async def read_install(ctx: ReadContext, install_id: Id) -> Install:
    return await read_row(LIST, ctx, install_id)


async def access_install(ctx: ReadContext, install_id: Id, need: Tier = Tier.VIEWER) -> InstallRow:
    """The install, deleted or not: `NotFound` outside its workspace, `Forbidden` below the tier."""
    row = await access_row(LIST, ctx, install_id, InstallRow)
    if ctx.caller.tier_in(row.workspace_id) < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} in the workspace.")
    return row


async def access_install_locked(ctx: WriteContext, install_id: Id, need: Tier) -> InstallRow:
    """As `access_install`, with the lock of its workspace, and read after that."""
    row = await access_install(ctx, install_id, need)
    if need < Tier.ADMIN:
        # what is deleted may be purged
        await refuse_of_deleted_workspace(ctx, row.workspace_id)
    await lock_tenant(ctx.db, row.workspace_id)
    return await access_install(ctx, install_id, need)


async def access_auth_state(ctx: ReadContext, version: FoundVersion, workspace_id: Id, text: str | None) -> Id | None:
    """The auth state that a body names: it must be in the workspace, and of the type that the version wants."""
    auth_state_id = None if text is None else ids.parse("ats", text)
    found = await queries.select_auth_type(ctx.db, auth_state_id, workspace_id) if auth_state_id else None
    check_auth_state(version, found, named=text is not None)
    return auth_state_id
