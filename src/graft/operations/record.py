"""Write the operation of a change, in its transaction."""

from collections.abc import Mapping

import msgspec

from graft import ids, jsontext
from graft.ids import Id
from graft.jsontext import Json
from graft.operations.before import Before, encode
from graft.web.context import WriteContext

_INSERT = """
insert into operations (id, workspace_id, install_id, kind, before, reason, created_by, key_id, created_at, counts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

# What an operation did to members, by number.
COUNTS = ("added", "updated", "removed", "skipped")


async def record_operation(
    ctx: WriteContext,
    kind: str,
    workspace_id: Id,
    install_id: Id,
    before: Before,
    reason: str | None = None,
    counts: Mapping[str, Json] | None = None,
) -> None:
    """One change of an install, with what it takes to restore the rows that it touched.

    `counts`: of the members that it touched, by `COUNTS`; none where it is about one.
    """
    await ctx.db.execute(
        _INSERT,
        ids.new_id(),
        workspace_id,
        install_id,
        kind,
        encode(before),
        reason,
        ctx.caller.user_id,
        ctx.caller.key_id,
        ctx.now,
        encode_counts(counts),
    )


class NewUndo(msgspec.Struct, frozen=True):
    """What an undo writes of itself. The versions: where the install moves to another one."""

    id: Id
    undoes: Id
    before: Before
    reason: str | None
    counts: Mapping[str, Json]
    from_version_id: Id | None = None
    to_version_id: Id | None = None


_INSERT_UNDO = """
insert into operations (id, workspace_id, install_id, kind, before, reason, created_by, key_id, created_at, counts,
  undoes, from_version_id, to_version_id)
values ($1, $2, $3, 'undo', $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def record_undo(ctx: WriteContext, workspace_id: Id, install_id: Id, undo: NewUndo) -> None:
    """As `record_operation`, of what goes back to the state before another operation."""
    await ctx.db.execute(
        _INSERT_UNDO,
        undo.id,
        workspace_id,
        install_id,
        encode(undo.before),
        undo.reason,
        ctx.caller.user_id,
        ctx.caller.key_id,
        ctx.now,
        encode_counts(undo.counts),
        undo.undoes,
        undo.from_version_id,
        undo.to_version_id,
    )


def encode_counts(found: Mapping[str, Json] | None) -> bytes | None:
    """The counts among these values."""
    return None if found is None else jsontext.encode({name: found[name] for name in COUNTS if found.get(name)})
