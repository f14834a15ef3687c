"""The keys that somebody leaves behind who is lowered, removed or deleted: named, or revoked with them."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from graft.events.record import record_each
from graft.ids import Id
from graft.web.context import WriteContext
from graft.workspaces import key_queries
from graft.workspaces.rows import KeyOfUser


class Keys(msgspec.Struct, frozen=True):
    """Wire ids, of each list the first thousand. `keys` go on, `revoked_keys` have ended."""

    keys: Sequence[str] = ()
    revoked_keys: Sequence[str] = ()


async def keys_of(ctx: WriteContext, user_id: Id, workspace_id: Id | None, *, revoke_with: str | None) -> Keys:
    """The keys in the name of the user, of one workspace or of all; revoked where `revoke_with` says with what."""
    if revoke_with is None:
        return Keys(_named(await key_queries.select_keys_of(ctx.db, user_id, workspace_id, ctx.now)))

    revoked = await key_queries.update_revoked_of(ctx.db, user_id, workspace_id, ctx.now)
    revoked.sort(key=_workspace)
    for owner, keys in groupby(revoked, _workspace):
        await record_revoked(ctx, owner, [key.id for key in keys], revoke_with)
    return Keys(revoked_keys=_named(revoked))


async def record_revoked(ctx: WriteContext, workspace_id: Id, key_ids: Sequence[Id], ended_with: str) -> None:
    """The events of keys that ended with another key, a role or a user: `ended_with` is its wire id."""
    events = [("api_key.deleted", "apikey", key_id) for key_id in key_ids]
    if events:
        await record_each(ctx, workspace_id, events, {"with": ended_with})


def _workspace(key: KeyOfUser) -> Id:
    return key.workspace_id


def _named(keys: Sequence[KeyOfUser]) -> list[str]:
    return [f"apikey_{key.id}" for key in keys[: key_queries.MOST_NAMED]]
