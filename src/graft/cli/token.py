"""`graft token`: make a new session of a platform administrator, for whoever owns the machine and lost the token."""

import asyncio
from typing import Annotated

import typer

from graft import clock, jsontext
from graft.auth.agreed_secret import check_secret
from graft.auth.secrets import derive
from graft.cli import signals
from graft.cli.database import migrated, settings
from graft.cli.failure import Code, Failure
from graft.config import Settings, load_secret
from graft.db.connection import open_database
from graft.errors import Invalid
from graft.workspaces.new_session import NewSession, new_session


def token(
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Which administrator; by default the one who is there longest.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Make a new session token of a platform administrator, and print it.

    For who can read the database and the secret. It stands among the keys (/api/api-keys) as "graft token" with its
    time, and is revoked there.
    """
    signals.interrupt_when_told_to_end()
    configured = settings()
    with migrated(configured) as dsn:
        session = asyncio.run(_new_session(configured, dsn, user))

    if as_json:
        shown = {"userId": f"usr_{session.user_id}", "email": session.email, "apiKeyId": f"apikey_{session.key_id}"}
        typer.echo(jsontext.encode({**shown, "token": session.token}))
        return
    typer.echo(session.token)
    typer.echo(f"A session of {session.email}: apikey_{session.key_id}. It is not shown again.", err=True)


async def _new_session(configured: Settings, dsn: str, email: str | None) -> NewSession:
    secrets = derive(load_secret(configured))
    database = await open_database(dsn, role=configured.app_role, size=1)
    try:
        await check_secret(database, secrets)
        return await new_session(database, secrets, email=email, name="graft token", now=clock.now())
    except Invalid as error:
        raise Failure(error.detail, Code.NOT_FOUND) from error
    finally:
        await database.close()
