"""Detach a clone, so that upgrades leave it alone, and attach it again."""

from dataclasses import dataclass

from graft import jsontext
from graft.db.connection import ReadConnection
from graft.definitions.base import base_of
from graft.definitions.clones import update_member, update_to_follow
from graft.definitions.holds import differs_only_inside
from graft.definitions.materialize import Materializer
from graft.definitions.queries import insert_versions, select_to_read, update_definitions
from graft.definitions.render import reader
from graft.definitions.rows import Base, NewVersion
from graft.ids import Id
from graft.operations import queries as operations
from graft.operations.before import Before, DetachedBy, MemberImage
from graft.operations.queries import CloneBefore
from graft.web.context import WriteContext


@dataclass(frozen=True, slots=True)
class HeldClone:
    """A clone that nobody else changes until the end, and its member, as they are before."""

    id: Id
    workspace_id: Id
    before: CloneBefore
    member: MemberImage

    @property
    def images(self) -> Before:
        """Of all that detaching or attaching it may change."""
        before = self.before
        return Before(
            texts=[(self.id, before.base_id, before.version_id)], clones=[before.image], members=[self.member]
        )


async def read_held(db: ReadConnection, clone_id: Id, workspace_id: Id) -> HeldClone:
    """The clone, which the caller holds."""
    member = await operations.select_member(db, clone_id, workspace_id)
    before = await operations.select_clone(db, clone_id, workspace_id)
    return HeldClone(clone_id, workspace_id, before, member.image)


async def detach(ctx: WriteContext, clone: HeldClone) -> None:
    """The clone keeps the text that it reads as now, whatever its version becomes."""
    await Materializer.of(ctx).materialize(clone.workspace_id, [clone.id])
    await update_member(ctx.db, clone.id, clone.workspace_id, "call", handed_back=False)


async def rewrite(
    ctx: WriteContext, clone: HeldClone, text: NewVersion, by: DetachedBy | None, *, handed_back: bool = False
) -> None:
    """The clone has this text. `by` None: it stays attached, as all that is edited in it is held."""
    await insert_versions(ctx.db, clone.workspace_id, ctx.caller.user_id, ctx.now, [text])
    await update_definitions(ctx.db, clone.workspace_id, ctx.now, [text])
    await update_member(ctx.db, clone.id, clone.workspace_id, by, handed_back=handed_back)


async def attach(ctx: WriteContext, clone: HeldClone, base: Base) -> None:
    """The clone reads from its base again, as it was last given, until an upgrade brings it up."""
    await update_to_follow(ctx.db, clone.workspace_id, ctx.now, {clone.id: base})
    await update_member(ctx.db, clone.id, clone.workspace_id, None, handed_back=False)


async def hand_back(ctx: WriteContext, clone: HeldClone) -> None:
    """The clone is attached as it reads.

    A text of its own it keeps until the next upgrade, unless it is its base's; where it differs from that only in
    places that are held, upgrades bring up the rest, and nothing is overwritten.
    """
    if not clone.before.written:
        await update_member(ctx.db, clone.id, clone.workspace_id, None, handed_back=False)
        return

    [found] = await select_to_read(ctx.db, [clone.id], clone.workspace_id)
    read = reader(ctx.process)
    text = read.definition(found)
    base = await base_of(ctx.db, read, found, text)
    held, lists = clone.member.held_paths or (), ctx.process.kinds.by_name[clone.before.kind].lists
    kept = base is not None and differs_only_inside(jsontext.decode(base.text), jsontext.decode(text), lists, held)
    if base is not None and kept and not held:
        await attach(ctx, clone, base)
    else:
        await update_member(ctx.db, clone.id, clone.workspace_id, None, handed_back=not kept)
