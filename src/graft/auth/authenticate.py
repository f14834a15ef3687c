"""Turn an Authorization header into a `Caller`, by one statement at most, and by none for a malformed token."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from graft import clock
from graft.auth.caller import Caller, Tier, tier_of
from graft.auth.callers import Callers
from graft.auth.rows import FoundKey
from graft.auth.tokens import kind_of, token_hash
from graft.db.connection import ReadConnection, WriteConnection
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

# The rows that say what the token's caller may do, of a session its user's as well: whoever takes a right away changes
# one of them, and waits, or is waited for. A user's alone, because calls on users lock it so later on: of two that had
# shared it first, none could go on.
_HOLD = """
with k as materialized (select user_id, kind from api_keys where hash = $1 for share),
u as materialized (select id from users where id = (select user_id from k where kind = 'session') for no key update),
m as materialized (
  select id from workspace_members where user_id = (select id from u) and deleted_at is null for share)
select count(*) from m
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
        found = await _find(connection, token_hash(key, token), now)
    caller = _caller(found)
    callers.keep(token, caller, found.expires_at, asked_at)
    return caller


async def authenticate_held(token: str, key: bytes, connection: WriteConnection) -> Caller:
    """The caller that `token` names now, from no memory, who keeps what it may do until the transaction ends.

    For what gives or takes rights: it cannot cross with what takes the caller's own. `Unauthenticated` as above.
    """
    digest = token_hash(key, token)
    await connection.value(_HOLD, digest)
    # read by a statement of its own: it sees what was changed while the one before waited
    return _caller(await _find(connection, digest, clock.now()))


async def _find(connection: ReadConnection, digest: bytes, now: datetime) -> FoundKey:
    found = await one(connection, FoundKey, _CALLER, digest, now)
    if found is None:
        raise Unauthenticated("The token is unknown, expired or revoked.")
    return found


def _caller(key: FoundKey) -> Caller:
    if key.kind == "session":
        roles: dict[Id, Tier] = {
            workspace: tier_of(tier) for workspace, tier in zip(key.workspaces or (), key.tiers or (), strict=True)
        }
        return Caller(key.id, key.kind, key.user_id, roles, key.platform_admin)
    if key.kind == "publishable":
        # it sits in browsers: whose it is gives it nothing that strangers have not
        return Caller(key.id, key.kind, key.user_id, origins=frozenset(key.origins))
    assert key.workspace_id is not None
    assert key.tier is not None
    return Caller(key.id, key.kind, key.user_id, {key.workspace_id: tier_of(key.tier)})
