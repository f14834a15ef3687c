"""`graft migrate`: bring the database to this program's schema, without serving."""

import typer

from graft.cli import signals
from graft.cli.database import address, apply_migrations, settings


def migrate() -> None:
    """Bring the database to this program's schema; `serve` does it as well."""
    signals.interrupt_when_told_to_end()
    configured = settings()
    with address(configured) as (_, owner_dsn):
        applied = apply_migrations(owner_dsn, configured.app_role)
    typer.echo(f"{applied} applied." if applied else "Nothing to do.")
