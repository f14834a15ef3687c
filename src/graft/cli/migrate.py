"""`graft migrate`: bring the database to this program's schema, and to its kinds with `--kinds`, without serving."""

from functools import partial
from typing import Annotated

import typer

from graft import jsontext
from graft.cli import signals
from graft.cli.database import address, apply_migrations, ask, settings
from graft.kinds.registry import load_kinds
from graft.kinds.store import replace_kinds


def migrate(
    *,
    kinds: Annotated[
        bool,
        typer.Option("--kinds", help="Give the database the kinds of GRAFT_KINDS as well, while no server runs on it."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Bring the database to this program's schema; `serve` does it as well.

    Make a backup before: migrations go forward only.
    """
    signals.interrupt_when_told_to_end()
    configured = settings()
    wanted = load_kinds(configured.kinds_file) if kinds else None
    replaced = False

    with address(configured) as (dsn, owner_dsn):
        applied = apply_migrations(owner_dsn, configured)
        if wanted is not None:
            replaced = ask(dsn, configured.app_role, partial(replace_kinds, kinds=wanted))

    if as_json:
        typer.echo(jsontext.encode({"applied": applied, "kindsReplaced": replaced}))
        return
    if applied:
        typer.echo(f"Applied: {', '.join(applied)}.")
    if wanted is not None and replaced:
        typer.echo(f"The database's own kinds: {', '.join(wanted.own) or 'none'}.")
    if not applied and not replaced:
        typer.echo("Nothing to do.")
