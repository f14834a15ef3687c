"""The first platform admin, the first workspace, and a token for each: what an empty installation begins with."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from graft import ids
from graft.auth.secrets import Secrets
from graft.auth.tokens import Kind, new_token, token_hash, token_hint
from graft.db.connection import Database, WriteConnection
from graft.errors import Conflict
from graft.events.record import record_as, record_on_platform_as
from graft.ids import Id
from graft.web.models import Name
from graft.web.structs import to_struct
from graft.workspaces import key_queries, queries
from graft.workspaces.locks import insert_lock
from graft.workspaces.models import Email, Slug
from graft.workspaces.rows import NewKey, NewMember, NewPublisher, NewUser, NewWorkspace


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What was made. Ids have no prefix. The tokens are stored nowhere: whoever called shows them, or they are lost."""

    user_id: Id
    workspace_id: Id
    session_token: str
    secret_token: str


class _Names(msgspec.Struct, frozen=True):
    email: Email
    name: Name
    workspace_slug: Slug
    workspace_name: Name


async def bootstrap(
    database: Database,
    secrets: Secrets,
    *,
    email: str,
    name: str,
    workspace_slug: str,
    workspace_name: str,
    now: datetime,
) -> Bootstrapped:
    """Make the first platform admin and workspace, in one transaction.

    `Conflict` `already-bootstrapped` where there is a platform admin; `Invalid` names each wrong argument.
    """
    to_struct(
        {"email": email, "name": name, "workspace_slug": workspace_slug, "workspace_name": workspace_name}, _Names
    )
    user_id, workspace_id = ids.new_id(), ids.new_id()

    async with database.writing() as db:
        # nobody else inserts a user until the commit: of two that bootstrap at once, the second finds the first's admin
        await db.execute("lock table users in share row exclusive mode")
        if await queries.lock_platform_admins(db):
            raise Conflict("There is a platform admin already.", code="already-bootstrapped")

        await queries.insert_user(db, NewUser(email, name, True, user_id, user_id, now, now))
        await queries.insert_workspace(
            db,
            NewWorkspace(
                name=workspace_name,
                description=None,
                retention_tier="medium",
                id=workspace_id,
                slug=workspace_slug,
                created_by=user_id,
                created_at=now,
                updated_at=now,
            ),
        )
        await insert_lock(db, workspace_id)
        await queries.insert_publisher(db, NewPublisher(ids.new_id(), workspace_slug, workspace_id, user_id, now))
        await queries.insert_member(db, NewMember(ids.new_id(), workspace_id, user_id, "admin", user_id, now, now))
        await record_as(db, user_id, now, workspace_id, ("workspace.created", "wsp", workspace_id))
        await record_on_platform_as(db, user_id, now, ("user.created", "usr", user_id), {"platformAdmin": True})

        return Bootstrapped(
            user_id,
            workspace_id,
            await _insert_token(db, secrets, "session", user_id, now),
            await _insert_token(db, secrets, "secret", user_id, now, workspace_id=workspace_id),
        )


async def _insert_token(
    db: WriteConnection, secrets: Secrets, kind: Kind, user_id: Id, now: datetime, *, workspace_id: Id | None = None
) -> str:
    """The text of a new token: a session of the user, or with `workspace_id` an admin's key of that workspace."""
    token, key_id = new_token(kind), ids.new_id()
    new = NewKey(
        name="bootstrap",
        expires_at=None,
        origins=(),
        id=key_id,
        kind=kind,
        workspace_id=workspace_id,
        user_id=user_id,
        tier="admin" if workspace_id else None,
        hash=token_hash(secrets.tokens, token),
        hint=token_hint(token),
        created_by=user_id,
        created_at=now,
        updated_at=now,
    )

    await key_queries.insert_key(db, new)
    if workspace_id:
        await record_as(db, user_id, now, workspace_id, ("api_key.created", "apikey", key_id))
    else:
        data = {"userId": f"usr_{user_id}"}
        await record_on_platform_as(db, user_id, now, ("session.created", "apikey", key_id), data)
    return token
