"""`graft purge-expired`: remove for ever what was deleted longer ago than its retention allows."""

import asyncio
import re
from typing import Annotated

import typer

from graft import clock, jsontext
from graft.cli import signals
from graft.cli.database import migrated, settings
from graft.cli.failure import Failure
from graft.config import Settings
from graft.db.connection import COMMAND, open_database
from graft.db.sweep import Sweep
from graft.entities.purge_expired import purge_expired as purge_entities
from graft.installs.purge_expired import purge_expired as purge_installs
from graft.integrations.purge_expired import collect_versions
from graft.integrations.purge_expired import purge_expired as purge_integrations
from graft.kinds.registry import load_kinds
from graft.kinds.store import check_kinds
from graft.plans.purge_expired import purge_expired as purge_plans
from graft.workspaces.purge_expired import purge_expired as purge_rows

# So many failures are printed: mostly they all have one cause.
_MOST_PRINTED = 20


def purge_expired(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Remove for ever what is past its retention and not named any more; run it once a day.

    Clones go with their install, also those that an upgrade removed. What cannot be removed is told at the end, and the
    exit code is 1 then; the rest goes.
    """
    signals.interrupt_when_told_to_end()
    configured = settings()
    with migrated(configured) as dsn:
        counts, left = asyncio.run(_purge(configured, dsn))

    if as_json:
        named = {re.sub(r" (\w)", lambda found: found[1].upper(), name): count for name, count in counts.items()}
        typer.echo(jsontext.encode(named))
    else:
        for name, count in counts.items():
            typer.echo(f"{count:6} {name}")

    if left:
        more = [f"… and {len(left) - _MOST_PRINTED} more"] if len(left) > _MOST_PRINTED else []
        raise Failure("\n  ".join([f"{len(left)} could not be removed:", *left[:_MOST_PRINTED], *more]))


async def _purge(configured: Settings, dsn: str) -> tuple[dict[str, int], list[str]]:
    """Purge everything; return the numbers by what was purged, and a line for each row that could not be.

    Installs come first, as they refer to versions and auth states, which can go only after them.
    """
    database = await open_database(dsn, role=configured.app_role, size=1, limits=COMMAND)
    now = clock.now()
    kinds = load_kinds(configured.kinds_file)
    try:
        await check_kinds(database, kinds)
        sweep = Sweep(database)
        installs = await purge_installs(sweep, now, configured.max_definition)
        integrations = await purge_integrations(sweep, now)
        entities = await purge_entities(sweep, kinds, now)
        await collect_versions(sweep)
        plans = await purge_plans(sweep, now)
        rows = await purge_rows(sweep, now)
    finally:
        await database.close()

    counts = {
        "installs": installs,
        "integrations": integrations,
        "entities": entities,
        "plans": plans,
        "auth states": rows.auth_states,
        "grants": rows.permissions,
        "memberships": rows.workspace_members,
        "keys": rows.api_keys,
    }
    return counts, sweep.left
