"""The lists of workspaces, members, users, publishers, keys and auth states."""

from typing import get_args

from graft.auth.caller import Tier
from graft.auth.tokens import Kind
from graft.listing import BOOL, TEXT, TIMESTAMP, TRUE, Computed, Field, Resource, Sql, enumeration, shorthands, sql
from graft.web.lists import RETENTION, TIERS, ListEndpoint, Scope, id_field, of_workspaces, watched
from graft.web.models import rfc3339
from graft.workspaces.models import ApiKey, AuthState, AuthType, Publisher, User, Workspace, WorkspaceMember

_CREATED_BY = id_field("t.created_by", "usr", nullable=True)
_DELETED_AT = Field("t.deleted_at", TIMESTAMP, nullable=True)
_CREATED_AT = Field("t.created_at", TIMESTAMP)
_UPDATED_AT = Field("t.updated_at", TIMESTAMP)


def _workspaces(scope: Scope) -> Sql:
    """The workspaces of the caller.

    Deleted: those that the user was admin of, who alone may restore them. The caller's roles do not tell of them,
    because no role in a deleted workspace counts, so the statement looks at the rows of the roles.
    """
    caller = scope.caller
    if caller.platform_admin:
        return TRUE
    own = sql("t.id = any($1::uuid[]) and t.deleted_at is null", caller.workspaces())
    if caller.kind != "session":
        return own
    return sql(
        """t.id = any($1::uuid[]) and t.deleted_at is null or t.deleted_at is not null and t.id in (
             select m.workspace_id from workspace_members m
             where m.user_id = $2 and m.tier = 'admin' and m.deleted_at is null)""",
        caller.workspaces(),
        caller.user_id,
    )


WORKSPACES: Resource[Scope] = Resource(
    name="workspaces",
    source=sql("workspaces t"),
    visible=_workspaces,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "wsp"),
        "slug": Field("t.slug", TEXT),
        "name": Field("t.name", TEXT),
        "description": Field("t.description", TEXT, nullable=True, orderable=False),
        "retentionTier": Field("t.retention_tier", RETENTION),
        "createdBy": _CREATED_BY,
        "deletedAt": _DELETED_AT,
        "createdAt": _CREATED_AT,
        "updatedAt": _UPDATED_AT,
    },
    catalogue=True,
    shorthands=shorthands("slug", "name", "retentionTier", "createdBy"),
    watches=watched("workspaces", "workspace_members"),
)


MEMBERS: Resource[Scope] = Resource(
    name="workspace-members",
    source=sql("workspace_members t"),
    visible=of_workspaces,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "wspmem"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "userId": id_field("t.user_id", "usr"),
        "tier": Field("t.tier", TIERS),
        "createdBy": _CREATED_BY,
        "deletedAt": _DELETED_AT,
        "createdAt": _CREATED_AT,
        "updatedAt": _UPDATED_AT,
    },
    catalogue=True,
    shorthands=shorthands("workspaceId", "userId", "tier", "createdBy"),
)


def _users(scope: Scope) -> Sql:
    """The user of a session sees themselves; every caller sees who is in its workspaces."""
    caller = scope.caller
    if caller.platform_admin:
        return TRUE
    return sql(
        """t.id = any($1::uuid[]) or t.id in (
             select m.user_id from workspace_members m
             where m.workspace_id = any($2::uuid[]) and m.deleted_at is null)""",
        [caller.user_id] if caller.kind == "session" else [],
        caller.workspaces(),
    )


USERS: Resource[Scope] = Resource(
    name="users",
    source=sql("users t"),
    visible=_users,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "usr"),
        "email": Field("t.email", TEXT),
        "name": Field("t.name", TEXT),
        "platformAdmin": Field("t.platform_admin", BOOL),
        "createdBy": _CREATED_BY,
        "deletedAt": _DELETED_AT,
        "createdAt": _CREATED_AT,
        "updatedAt": _UPDATED_AT,
    },
    catalogue=True,
    shorthands=shorthands("email", "name", "platformAdmin", "createdBy"),
)

PUBLISHERS: Resource[Scope] = Resource(
    name="publishers",
    source=sql("publishers t"),
    visible=of_workspaces,
    fields={
        "id": id_field("t.id", "wsppub"),
        "name": Field("t.name", TEXT),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "createdBy": _CREATED_BY,
        "createdAt": _CREATED_AT,
    },
    catalogue=True,
    shorthands=shorthands("workspaceId", "name", "createdBy"),
)


def _keys(scope: Scope) -> Sql:
    """One condition a case: keys of workspaces that the caller administers; the key of this request; own sessions."""
    caller = scope.caller
    if caller.platform_admin:
        return TRUE
    return sql(
        "t.workspace_id = any($1::uuid[]) or t.id = $2 or t.kind = 'session' and t.user_id = any($3::uuid[])",
        caller.workspaces(Tier.ADMIN),
        caller.key_id,
        [caller.user_id] if caller.kind == "session" else [],
    )


KEYS: Resource[Scope] = Resource(
    name="api-keys",
    source=sql("api_keys t"),
    visible=_keys,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "apikey"),
        "kind": Field("t.kind", enumeration(*get_args(Kind))),
        "workspaceId": id_field("t.workspace_id", "wsp", nullable=True),
        "userId": id_field("t.user_id", "usr"),
        "tier": Field("t.tier", TIERS, nullable=True),
        "name": Field("t.name", TEXT),
        "hint": Field("t.hint", TEXT),
        "expiresAt": Field("t.expires_at", TIMESTAMP, nullable=True),
        "lastUsedAt": Field("t.last_used_at", TIMESTAMP, nullable=True),
        "madeByKeyId": id_field("t.made_by_key_id", "apikey", nullable=True),
        "createdBy": _CREATED_BY,
        "deletedAt": _DELETED_AT,
        "createdAt": _CREATED_AT,
        "updatedAt": _UPDATED_AT,
    },
    catalogue=True,
    shorthands=shorthands("workspaceId", "userId", "kind", "tier", "name", "madeByKeyId", "createdBy"),
)

AUTH_STATES: Resource[Scope] = Resource(
    name="auth-states",
    source=sql("auth_states t"),
    visible=of_workspaces,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "ats"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "name": Field("t.name", TEXT),
        "type": Field("t.type", enumeration(*get_args(AuthType))),
        "createdBy": _CREATED_BY,
        "deletedAt": _DELETED_AT,
        "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
        "createdAt": _CREATED_AT,
        "updatedAt": _UPDATED_AT,
    },
    shorthands=shorthands("workspaceId", "type", "name", "createdBy", "retentionTier"),
)


WORKSPACE_LIST = ListEndpoint(WORKSPACES, response=Workspace)
MEMBER_LIST = ListEndpoint(MEMBERS, response=WorkspaceMember)
USER_LIST = ListEndpoint(USERS, response=User)
PUBLISHER_LIST = ListEndpoint(PUBLISHERS, response=Publisher)
KEY_LIST = ListEndpoint(
    KEYS,
    response=ApiKey,
    shown={"expiresAt": Computed(lambda _ctx: rfc3339, ("t.expires_at",)), "origins": "t.origins"},
)
# a hint is shown and is no field: a filter would let callers find it out letter by letter
AUTH_STATE_LIST = ListEndpoint(AUTH_STATES, response=AuthState, shown={"hint": "t.hint"})

# The lists that relations of other lists lead to.
RESOURCES = [WORKSPACES]
