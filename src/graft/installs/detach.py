"""Detach a clone, so that upgrades leave it alone, or hand it back."""

from graft.auth.caller import Tier
from graft.definitions.detachment import detach, hand_back, read_held
from graft.entities import queries as entities
from graft.errors import Forbidden, NotFound, invalid
from graft.events.record import record
from graft.ids import Id
from graft.installs import queries
from graft.installs.models import Detach
from graft.operations.record import record_operation
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.web.models import Success


async def set_detached(ctx: WriteContext, member_id: Id, body: Detach) -> Success:
    """Detaching materializes the clone as it reads now; handing it back lets the next upgrade overwrite it.

    A clone that an edit detached can be detached by the call as well: a merge leaves it alone then.
    """
    row = await queries.select_member(ctx.db, member_id, ctx.caller)
    if row is None:
        raise NotFound
    if ctx.caller.tier_in(row.workspace_id) < Tier.EDITOR:
        raise Forbidden("This needs the tier editor in the workspace.")
    await refuse_of_deleted_workspace(ctx, row.workspace_id)
    if row.base_id is not None:
        raise invalid("", "not-a-clone", "The member is a reference; only a clone can be detached.")
    workspace_id, install_id = row.workspace_id, row.install_id
    await entities.lock_entity(ctx.db, member_id, workspace_id, install_id)
    if await queries.select_member(ctx.db, member_id, ctx.caller) is None:
        raise NotFound
    clone = await read_held(ctx.db, member_id, workspace_id)
    if clone.member.detached_by == ("call" if body.detached else None):
        return Success()

    if body.detached:
        await detach(ctx, clone)
        kind, event = "detach", "integration_member.detached"
    else:
        await hand_back(ctx, clone)
        kind, event = "attach", "integration_member.attached"
    await record_operation(ctx, kind, workspace_id, install_id, clone.images)
    await record(ctx, event, workspace_id, "intmem", member_id)
    return Success()
