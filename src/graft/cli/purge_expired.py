"""`graft purge-expired`: remove for ever what was deleted longer ago than its retention says."""

import asyncio

import typer

from graft import clock
from graft.cli import signals
from graft.cli.database import migrated, settings
from graft.config import Settings
from graft.db.connection import open_database
from graft.entities.agreed_kinds import check_kinds
from graft.entities.kinds import load_kinds
from graft.entities.purge_expired import purge_expired as purge_entities
from graft.installs.purge_expired import purge_expired as purge_installs
from graft.integrations.purge_expired import purge_expired as purge_integrations
from graft.workspaces.purge_expired import purge_expired as purge_rows


def purge_expired() -> None:
    """Remove for ever what is past its retention and not named any more; run it once a day."""
    signals.interrupt_when_told_to_end()
    configured = settings()
    with migrated(configured) as dsn:
        for name, count in asyncio.run(_purge(configured, dsn)).items():
            typer.echo(f"{count:6} {name}")


async def _purge(configured: Settings, dsn: str) -> dict[str, int]:
    """What went, by name. Installs first: they name versions and auth states."""
    database = await open_database(dsn, role=configured.app_role, size=1)
    now = clock.now()
    kinds = load_kinds(configured.kinds_file)
    try:
        await check_kinds(database, kinds)
        installs = await purge_installs(database, now)
        integrations = await purge_integrations(database, now)
        entities = await purge_entities(database, kinds, now)
        rows = await purge_rows(database, now)
    finally:
        await database.close()
    return {
        "installs": installs,
        "integrations": integrations,
        "entities": entities,
        "auth states": rows.auth_states,
        "grants": rows.permissions,
        "memberships": rows.workspace_members,
        "keys": rows.api_keys,
    }
