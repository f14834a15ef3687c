"""From an Authorization header to a `Caller`, with one statement, and none for a token that cannot be one."""

from datetime import datetime

from graft.auth.caller import Caller, Tier, tier_of
from graft.auth.tokens import kind_of, token_hash
from graft.db.connection import ReadConnection
from graft.errors import Unauthenticated
from graft.ids import Id

_CALLER = """
select k.id, k.kind, k.user_id, k.workspace_id, k.tier, u.platform_admin, r.workspaces, r.tiers
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


def bearer_token(header: str | None) -> str:
    """The token of an Authorization header; `Unauthenticated` where there is none that could be valid."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or kind_of(token.strip()) is None:
        raise Unauthenticated("Send a valid token as `Authorization: Bearer …`.")
    return token.strip()


async def authenticate(connection: ReadConnection, key: bytes, token: str, now: datetime) -> Caller:
    """The caller that `token` names, as of now."""
    row = await connection.row(_CALLER, token_hash(key, token), now)
    if row is None:
        raise Unauthenticated("The token is unknown, expired or revoked.")
    if row["kind"] == "session":
        roles: dict[Id, Tier] = {
            workspace: tier_of(tier)
            for workspace, tier in zip(row["workspaces"] or (), row["tiers"] or (), strict=True)
        }
        return Caller(row["id"], "session", row["user_id"], roles, row["platform_admin"])
    return Caller(row["id"], row["kind"], row["user_id"], {row["workspace_id"]: tier_of(row["tier"])})
