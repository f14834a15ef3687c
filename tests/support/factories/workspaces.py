"""Rows of users, workspaces, members and keys, written past the application: callers come before the first call."""

import asyncpg

from graft import clock, ids
from graft.auth.secrets import derive
from graft.auth.tokens import Kind, new_token, token_hash, token_hint

SECRET = b"a secret of thirty-two bytes or more"


async def new_user(owner: asyncpg.Connection, name: str, *, platform_admin: bool) -> str:
    """The wire id of a new user."""
    user_id = ids.new_id()
    await owner.execute(
        "insert into users (id, email, name, platform_admin, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)",
        user_id,
        f"{name}-{user_id}@example.com",
        name,
        platform_admin,
        clock.now(),
    )
    return f"usr_{user_id}"


async def new_workspace(owner: asyncpg.Connection, slug: str) -> str:
    """The wire id of a new workspace, which has a publisher of the same name."""
    workspace_id, now = ids.new_id(), clock.now()
    await owner.execute(
        "insert into workspaces (id, slug, name, created_at, updated_at) values ($1, $2, $2, $3, $3)",
        workspace_id,
        slug,
        now,
    )
    await owner.execute("insert into workspace_locks (id, workspace_id) values ($1, $1)", workspace_id)
    await owner.execute(
        "insert into publishers (id, name, workspace_id, created_at) values ($1, $2, $3, $4)",
        ids.new_id(),
        slug,
        workspace_id,
        now,
    )
    return f"wsp_{workspace_id}"


async def new_member(owner: asyncpg.Connection, workspace_id: str, user_id: str, tier: str) -> None:
    await owner.execute(
        """insert into workspace_members (id, workspace_id, user_id, tier, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $5)""",
        ids.new_id(),
        workspace_id.removeprefix("wsp_"),
        user_id.removeprefix("usr_"),
        tier,
        clock.now(),
    )


async def new_key(
    owner: asyncpg.Connection, kind: Kind, user_id: str, workspace_id: str | None, tier: str | None
) -> str:
    """The token of a new key."""
    token = new_token(kind)
    await owner.execute(
        """insert into api_keys (id, kind, workspace_id, user_id, tier, name, hash, hint, created_at, updated_at)
           values ($1, $2, $3, $4, $5, 'a key', $6, $7, $8, $8)""",
        ids.new_id(),
        kind,
        workspace_id and workspace_id.removeprefix("wsp_"),
        user_id.removeprefix("usr_"),
        tier,
        token_hash(derive(SECRET).tokens, token),
        token_hint(token),
        clock.now(),
    )
    return token
