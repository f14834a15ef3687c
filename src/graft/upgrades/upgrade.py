"""Upgrade an install to its integration's current version without losing anybody's edits."""

from collections.abc import Sequence

from graft.auth.caller import Tier
from graft.errors import Conflict
from graft.ids import Id
from graft.installs import queries as installs
from graft.installs.access import access_install
from graft.installs.rows import ActiveInstall
from graft.manifest import semver
from graft.upgrades.models import Upgraded, UpgradeRequest
from graft.upgrades.move import apply_move, one_id_each, plan_move
from graft.upgrades.settle import Neighbours, settle
from graft.upgrades.target import current_version, read_version
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.workspaces.locks import lock_tenant


async def upgrade(ctx: WriteContext, install_id: Id, body: UpgradeRequest | None) -> Upgraded:
    """The four lists say what happened; an install that is ahead of the current version, or where no version is left
    that is not yanked, answers empty ones.
    """
    body = body or UpgradeRequest()
    row, active = await access_active_locked(ctx, install_id)
    version = await current_version(ctx, row)
    if version is None or semver.precedence(version.version) < semver.precedence(row.version):
        if body == UpgradeRequest():
            return Upgraded()
        # what the call gives is for the version that the install has
        version = await read_version(ctx, row.version_id)

    settled = await settle(ctx, row, version, body, Neighbours(active, {row.id: version}))
    move = await plan_move(ctx, row, version, settled, one_id_each())
    reply, _ = await apply_move(ctx, move)
    return reply


async def access_active_locked(ctx: WriteContext, install_id: Id) -> tuple[ActiveInstall, Sequence[ActiveInstall]]:
    """The install, with the lock of its workspace, and all active installs of the workspace as they are from now on."""
    found = await access_install(ctx, install_id, Tier.EDITOR)
    await refuse_of_deleted_workspace(ctx, found.workspace_id)
    await lock_tenant(ctx.db, found.workspace_id)
    active = await installs.select_active(ctx.db, found.workspace_id, [install_id])
    return active_install(active, install_id), active


def active_install(active: Sequence[ActiveInstall], install_id: Id) -> ActiveInstall:
    """`Conflict` where it is deleted."""
    row = next((row for row in active if row.id == install_id), None)
    if row is None:
        raise Conflict("The install is deleted; restore it first.", code="deleted")
    return row
