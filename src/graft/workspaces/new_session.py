"""Make a session of a platform admin without asking the API: whoever has the database may (`graft token`)."""

from dataclasses import dataclass
from datetime import datetime

from graft import ids
from graft.auth.secrets import Secrets
from graft.auth.tokens import new_token, token_hash, token_hint
from graft.db.connection import Database
from graft.errors import Conflict, invalid
from graft.events.record import record_on_platform_as
from graft.ids import Id
from graft.workspaces import key_queries, queries
from graft.workspaces.rows import NewKey

# How many addresses the error names.
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was made. Ids have no prefix. The token is stored nowhere."""

    user_id: Id
    email: str
    key_id: Id
    token: str


async def new_session(
    database: Database, secrets: Secrets, *, email: str | None, name: str, now: datetime
) -> NewSession:
    """Make a session of the platform admin with this address, or of the first one where `email` is `None`.

    `name` is stored as the key's name. `Conflict` where there is no platform admin, `Invalid` where none has this
    address.
    """
    async with database.writing() as db:
        admins = await queries.lock_first_platform_admins(db)
        if not admins:
            raise Conflict("There is no platform admin yet: `graft bootstrap` makes the first one.", code="conflict")

        chosen = next((row for row in admins if email is None or row.email.lower() == email.lower()), None)
        if chosen is None:
            known = ", ".join(row.email for row in admins[:_MAX_NAMED])
            raise invalid("", "unknown-user", f"No platform admin has the address {email}. There are: {known}.")

        made = NewSession(chosen.id, chosen.email, ids.new_id(), new_token("session"))
        new = NewKey(
            name=name,
            expires_at=None,
            origins=(),
            id=made.key_id,
            kind="session",
            workspace_id=None,
            user_id=made.user_id,
            tier=None,
            hash=token_hash(secrets.tokens, made.token),
            hint=token_hint(made.token),
            created_by=made.user_id,
            created_at=now,
            updated_at=now,
        )
        await key_queries.insert_key(db, new)
        data = {"userId": f"usr_{made.user_id}"}
        await record_on_platform_as(db, None, now, ("session.created", "apikey", made.key_id), data)
        return made
