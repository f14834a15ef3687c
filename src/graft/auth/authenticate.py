"""Turn an Authorization header into a `Caller`, by one statement at most, and by none for a malformed token."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from graft import clock
from graft.auth.caller import Caller, Tier, tier_of
from graft.auth.callers import Callers
from graft.auth.rows import FoundKey
from graft.auth.tokens import kind_of, token_hash
from graft.db.connection import ReadConnection
from graft.db.rows import columns, one
from graft.errors import Unauthenticated
from graft.ids import Id

_CALLER = f"""
select {columns(FoundKey, "k", platform_admin="u.platform_admin", workspaces="r.workspaces", tiers="r.tiers")}
from api_keys k
join users u on u.id = k.user_id
left join workspaces w on w.id = k.workspace_id
left join lateral (
  select array_agg(m.workspace_id) as workspaces, array_agg(m.tier) as tiers
  from workspace_members m join workspaces w on w.id = m.workspace_id and w.deleted_at is null
  where m.user_id = k.user_id and m.deleted_at is null
) r on k.kind = 'session'
where k.hash = $1 and k.deleted_at is null and (k.expires_at is null or k.expires_at > $2)
  and (k.kind <> 'session' or u.deleted_at is null)
  and (k.workspace_id is null or w.deleted_at is null)
"""


_HOW_TO_SEND = "Send a token as `Authorization: Bearer …`"
_MALFORMED = (
    "What stands after Bearer is no token: that is sec_, pub_ or tok_ and 36 letters and digits, the last 6 of them a"
    " checksum. It may be cut off or mistyped."
)


def bearer_token(header: str | None) -> str:
    """What stands after `Bearer`, well-formed or not. Raises `Unauthenticated` if there is no such header."""
    if header is None:
        raise Unauthenticated(f"{_HOW_TO_SEND}: there is no such header.")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(f"{_HOW_TO_SEND}: the header has another scheme.")
    return token.strip()


async def authenticate(
    token: str, callers: Callers, key: bytes, ask: Callable[[], AbstractAsyncContextManager[ReadConnection]]
) -> Caller:
    """The caller that `token` names now: from memory within a second, else from the database on what `ask` gives.

    `Unauthenticated` where it names none. One that cannot be a token costs no statement.
    """
    now = clock.now()
    known = callers.get(token, now)
    if known is not None:
        return known
    if kind_of(token) is None:
        raise Unauthenticated(_MALFORMED)

    async with ask() as connection:
        asked_at = time.monotonic()
        found = await one(connection, FoundKey, _CALLER, token_hash(key, token), now)
    if found is None:
        raise Unauthenticated("The token is unknown, expired or revoked.")
    caller = _caller(found)
    callers.keep(token, caller, found.expires_at, asked_at)
    return caller


def _caller(key: FoundKey) -> Caller:
    if key.kind == "session":
        roles: dict[Id, Tier] = {
            workspace: tier_of(tier) for workspace, tier in zip(key.workspaces or (), key.tiers or (), strict=True)
        }
        return Caller(key.id, key.kind, key.user_id, roles, key.platform_admin)
    assert key.workspace_id is not None
    assert key.tier is not None
    return Caller(key.id, key.kind, key.user_id, {key.workspace_id: tier_of(key.tier)})
