"""`graft bootstrap`: the first platform administrator, the first workspace, and a token of each, shown once."""

import asyncio
from typing import Annotated

import typer

from graft import clock, jsontext
from graft.auth.secrets import derive
from graft.cli import signals
from graft.cli.database import migrated, settings
from graft.config import Settings, load_secret
from graft.db.connection import open_database
from graft.workspaces import bootstrap as first


def bootstrap(
    email: Annotated[str, typer.Option(help="Of the administrator.")] = "admin@localhost",
    name: Annotated[str, typer.Option(help="Of the administrator.")] = "Administrator",
    workspace: Annotated[str, typer.Option(help="The slug, which is its publisher name as well.")] = "main",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Make the first platform administrator and workspace, and print their tokens, which are shown this once."""
    signals.interrupt_when_told_to_end()
    configured = settings()
    with migrated(configured) as dsn:
        made = asyncio.run(_bootstrap(configured, dsn, email, name, workspace))
    shown = {
        "userId": f"usr_{made.user_id}",
        "workspaceId": f"wsp_{made.workspace_id}",
        "sessionToken": made.session_token,
        "secretKey": made.secret_token,
    }
    if as_json:
        typer.echo(jsontext.encode(shown))
        return
    typer.echo(f"administrator  {shown['userId']}  {email}")
    typer.echo(f"  session      {made.session_token}")
    typer.echo(f"workspace      {shown['workspaceId']}  {workspace}")
    typer.echo(f"  secret key   {made.secret_token}")
    typer.echo("Keep the two tokens: they are stored nowhere and are not shown again.", err=True)


async def _bootstrap(configured: Settings, dsn: str, email: str, name: str, workspace: str) -> first.Bootstrapped:
    database = await open_database(dsn, role=configured.app_role, size=1)
    try:
        return await first.bootstrap(
            database,
            derive(load_secret(configured)),
            email=email,
            name=name,
            workspace_slug=workspace,
            workspace_name=workspace,
            now=clock.now(),
        )
    finally:
        await database.close()
