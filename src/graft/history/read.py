"""Read what happened to an install: the list, and one operation by member."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from graft.errors import Conflict
from graft.history.differences import done_to_install, done_to_members
from graft.history.listing import LIST, OF_ALL
from graft.history.models import InstallDid, MemberDid, Operation, OperationInFull
from graft.ids import Id
from graft.installs.access import access_install
from graft.installs.rows import InstallRow
from graft.operations import queries
from graft.operations.before import decode, install_image
from graft.operations.compose import Rows, compose, put_back_in
from graft.operations.queries import CloneNow, MemberNow
from graft.web.context import ReadContext
from graft.web.lists import ListPage, Pairs
from graft.web.row import read_row


async def list_history(ctx: ReadContext, install_id: Id, query: Pairs) -> ListPage:
    """The operations of an install, newest first; of a deleted one too. `member_id`: those that touched it."""
    row = await access_install(ctx, install_id)
    return await LIST.page(ctx, query, {"install": row.id, "workspace": row.workspace_id})


@dataclass(frozen=True, slots=True)
class _Now:
    """The rows of an install as they are."""

    members: Mapping[Id, MemberNow]
    clones: Mapping[Id, CloneNow]

    @property
    def rows(self) -> Rows:
        return Rows(
            {row_id: row.image for row_id, row in self.members.items()},
            {row_id: row.image for row_id, row in self.clones.items()},
            {row_id: (row.base_id, row.version_id) for row_id, row in self.clones.items()},
        )


async def read_operation(ctx: ReadContext, operation_id: Id) -> OperationInFull:
    """What it did to the install and to each member: its state right before, beside that right after.

    Of an operation that is older than images of rows, the install and the members are empty.
    """
    shown = await read_row(OF_ALL, ctx, operation_id)
    install_id = Id(shown.integration_install_id.rpartition("_")[2])
    install = await access_install(ctx, install_id)
    since = await queries.select_since(ctx.db, install_id, install.workspace_id, operation_id)
    now = await _read_now(ctx, install)

    try:
        images = [decode(bytes(one.before)) for one in since]
    except Conflict:
        return _in_full(shown, [], [])
    before, after = compose(images), compose(images[1:])
    rows_after = put_back_in(now.rows, after)
    rows_before = Rows({}, {}, {}) if shown.kind == "install" else put_back_in(now.rows, before)
    did = done_to_members(shown.kind, rows_before, rows_after)

    install_now = install_image(install)
    changed = done_to_install(before.install or install_now, after.install or install_now)
    wire_id = ctx.process.kinds.wire_id
    members = [
        MemberDid(
            f"intmem_{row_id}",
            rows_after.members[row_id].slug,
            _entity(now, row_id, wire_id),
            done,
            rows_before.members[row_id].slug if "moved" in done else None,
        )
        for row_id, done in did.items()
    ]
    return _in_full(shown, changed, sorted(members, key=lambda member: member.slug))


async def _read_now(ctx: ReadContext, install: InstallRow) -> _Now:
    members = await queries.select_members_now(ctx.db, install.id, install.workspace_id)
    clones = await queries.select_clones_now(ctx.db, install.id, install.workspace_id)
    return _Now({row.image.id: row for row in members}, {row.image.id: row for row in clones})


def _entity(now: _Now, row_id: Id, wire_id: Callable[[str, Id], str]) -> str:
    """What the member is: a clone has its own id, a reference that of the author's entity."""
    member = now.members[row_id]
    if member.kind is not None and member.source_entity_id is not None:
        return wire_id(member.kind, member.source_entity_id)
    return wire_id(now.clones[row_id].kind, row_id)


def _in_full(shown: Operation, install: list[InstallDid], members: list[MemberDid]) -> OperationInFull:
    return OperationInFull(**msgspec.structs.asdict(shown), install=install, members=members)
