"""`graft bootstrap`: create the first platform administrator and workspace, and show a token of each once."""

import asyncio
import shlex
from collections.abc import Mapping
from typing import Annotated

import typer

from graft import clock, jsontext
from graft.auth.agreed_secret import check_secret
from graft.auth.secrets import derive
from graft.cli import signals
from graft.cli.called import command_name
from graft.cli.database import migrated, settings
from graft.cli.failure import Code, Failure
from graft.cli.problems import format_problems
from graft.config import Settings, load_secret, url_of
from graft.db.connection import open_database
from graft.errors import Conflict, Invalid, Problem, Problems
from graft.workspaces import bootstrap as first

_OPTIONS = {"/email": "--email", "/name": "--name", "/workspace_slug": "--workspace", "/workspace_name": "--workspace"}


def bootstrap(
    email: Annotated[str, typer.Option(metavar="EMAIL", help="Of the administrator.")] = "admin@localhost",
    name: Annotated[str, typer.Option(metavar="NAME", help="Of the administrator.")] = "Administrator",
    workspace: Annotated[
        str, typer.Option(metavar="SLUG", help="Of the workspace; its publisher name as well.")
    ] = "main",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    as_shell: Annotated[
        bool, typer.Option("--shell", help='Lines that set variables, for `eval "$(graft bootstrap --shell)"`.')
    ] = False,
) -> None:
    """Make the first platform administrator and workspace, and print their tokens, which are shown this once."""
    signals.interrupt_when_told_to_end()
    if as_json and as_shell:
        raise typer.BadParameter("--json and --shell exclude each other.")

    configured = settings()
    with migrated(configured) as dsn:
        created = asyncio.run(_bootstrap(configured, dsn, email, name, workspace))

    shown = {
        "userId": f"usr_{created.user_id}",
        "workspaceId": f"wsp_{created.workspace_id}",
        "sessionToken": created.session_token,
        "secretKey": created.secret_token,
    }
    if as_json:
        typer.echo(jsontext.encode(shown))
    elif as_shell:
        typer.echo(_exports(shown, configured))
    else:
        typer.echo(f"administrator  {shown['userId']}  {email}")
        typer.echo(f"  session      {created.session_token}")
        typer.echo(f"workspace      {shown['workspaceId']}  {workspace}")
        typer.echo(f"  secret key   {created.secret_token}")
        typer.echo("Keep the two tokens: they are stored nowhere and are not shown again.", err=True)


def _exports(shown: Mapping[str, str], configured: Settings) -> str:
    """Lines for a shell: the variables that `graft import` reads, and the administrator's token."""
    variables = {
        "GRAFT_API_URL": url_of(configured.host, configured.port),
        "GRAFT_API_TOKEN": shown["secretKey"],
        "GRAFT_ADMIN_TOKEN": shown["sessionToken"],
        "GRAFT_WORKSPACE": shown["workspaceId"],
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


async def _bootstrap(configured: Settings, dsn: str, email: str, name: str, workspace: str) -> first.Bootstrapped:
    secrets = derive(load_secret(configured))
    database = await open_database(dsn, role=configured.app_role, size=1)
    try:
        await check_secret(database, secrets)
        return await first.bootstrap(
            database,
            secrets,
            email=email,
            name=name,
            workspace_slug=workspace,
            workspace_name=workspace,
            now=clock.now(),
        )
    except Invalid as error:
        named = {_OPTIONS.get(problem.pointer, problem.pointer): problem for problem in error.problems}
        problems = Problems(Problem(option, problem.code, problem.detail) for option, problem in named.items())
        raise Failure(format_problems("These options cannot be used.", problems), Code.WRONG_USAGE) from error
    except Conflict as error:
        if error.code != "already-bootstrapped":
            raise
        raise Failure(
            f"There is a platform admin already. `{command_name()} token` makes a new token of theirs.", Code.CONFLICT
        ) from error
    finally:
        await database.close()
