"""Detach a clone, so that upgrades leave it alone, or hand it back."""

from graft import jsontext
from graft.auth.caller import Tier
from graft.definitions import clones
from graft.definitions.base import base_of
from graft.definitions.materialize import Materializer
from graft.definitions.queries import select_to_read
from graft.entities import queries as entities
from graft.errors import Forbidden, NotFound, invalid
from graft.events.record import record
from graft.ids import Id
from graft.installs import queries
from graft.installs.models import Detach
from graft.operations import queries as operations
from graft.operations.before import Before
from graft.operations.record import record_operation
from graft.web.context import WriteContext
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
    if row.base_id is not None:
        raise invalid("", "not-a-clone", "The member is a reference; only a clone can be detached.")
    workspace_id, install_id = row.workspace_id, row.install_id
    await entities.lock(ctx.db, member_id, workspace_id, install_id)
    if await queries.select_member(ctx.db, member_id, ctx.caller) is None:
        raise NotFound
    member = await operations.select_member(ctx.db, member_id, workspace_id)
    wanted = "call" if body.detached else None
    if member.image.detached_by == wanted:
        return Success()

    clone = await operations.select_clone(ctx.db, member_id, workspace_id)
    handed_back = False
    if body.detached:
        await Materializer.of(ctx).materialize(workspace_id, [member_id])
    elif clone.written:
        handed_back = not await _reads_from_its_base(ctx, member_id, workspace_id)
    await clones.set_member(ctx.db, member_id, workspace_id, wanted, handed_back=handed_back)

    images = Before(
        texts=[(member_id, clone.base_id, clone.version_id)],
        clones=[clone.image],
        members=[member.image],
    )
    kind, event = (
        ("detach", "integration_member.detached") if body.detached else ("attach", "integration_member.attached")
    )
    await record_operation(ctx, kind, workspace_id, install_id, images)
    await record(ctx, event, workspace_id, "intmem", member_id)
    return Success()


async def _reads_from_its_base(ctx: WriteContext, clone_id: Id, workspace_id: Id) -> bool:
    """Whether the text is that of the base; then the clone needs none of its own, and goes on reading as it does."""
    [row] = await select_to_read(ctx.db, [clone_id], workspace_id)
    text = bytes(row["definition"])
    base = await base_of(ctx.db, ctx.process.templates, row, text)
    if base is None or not jsontext.alike(jsontext.decode(text), jsontext.decode(base.text)):
        return False
    await clones.drop_text(ctx.db, clone_id, workspace_id, ctx.now, base.version_id, (base.variables_id, base.ids))
    return True
