"""The kinds that all processes on one database agree on: stored by the first one, changed on purpose only."""

from collections.abc import Mapping, Sequence

from graft import jsontext
from graft.db.connection import Database, ReadConnection, WriteConnection
from graft.jsontext import Json
from graft.kinds.registry import Kinds, KindsError
from graft.templates import DATA_KEYWORDS

Entries = Mapping[str, Json]

# The keys of an entry; a database that an earlier Graft wrote has not all of them.
_PARTS: Entries = {
    "prefix": None,
    "schema": {},
    "merge_keys": {},
    "data_places": list(DATA_KEYWORDS),
    "name_maps": [],
}
_STORE = "insert into kinds (entries) values ($1) on conflict do nothing"

# `for share`: a process that starts while the kinds are being changed waits, and sees the new ones.
_STORED = "select entries from kinds for share"
# What a standby can be asked: there no lock is to be had.
_SEEN = "select entries from kinds"
_HELD = "select entries from kinds for update"
_REPLACE = "update kinds set entries = $1"

# A process connects before it reads the kinds, so whoever read the old ones is seen here.
_OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'graft' and pid <> pg_backend_pid()
"""

# Of all workspaces on purpose.
_IN_USE = """
select distinct kind from entities where kind = any($1)
union select distinct kind from version_members where kind = any($1)
"""


async def check_kinds(database: Database, kinds: Kinds) -> None:
    """Store this process's own kinds where there are none yet; `KindsError` where the stored ones are others.

    A standby is only read.
    """
    async with database.reading() as db:
        standby: bool = await db.value("select pg_is_in_recovery()")
        stored = await _entries(db, _SEEN if standby else _STORED)
    if stored is None and not standby:
        async with database.writing() as db:
            await db.execute(_STORE, jsontext.encode(kinds.own))
            # of two that were first, one stored
            stored = await _entries(db, _STORED)
    differing = _differences(stored or {}, kinds.own)
    if differing:
        raise KindsError(
            "The kinds of this process (GRAFT_KINDS) are not those of the database: " + "; ".join(differing) + "."
            " Every process needs the same file. To give the database the kinds of this one, end all servers on it and"
            " run `graft migrate --kinds`."
        )


async def replace_kinds(database: Database, kinds: Kinds) -> bool:
    """Make this process's own kinds those of the database, while no server runs; whether anything changed.

    `KindsError` where others are at work on the database, or where entities of a kind would be left without it.
    """
    async with database.writing() as db:
        await db.execute(_STORE, jsontext.encode(kinds.own))
        stored = await _entries(db, _HELD) or {}
        if stored == kinds.own:
            return False
        await _refuse_if_needed(db, stored, kinds.own)
        await db.execute(_REPLACE, jsontext.encode(kinds.own))
    return True


def _differences(stored: Entries, own: Entries) -> list[str]:
    """What a process has otherwise than the database, a phrase for each kind."""
    found = [f"{name} is missing here" for name in sorted(stored.keys() - own.keys())]
    found += [f"{name} is not in the database" for name in sorted(own.keys() - stored.keys())]
    for name in sorted(stored.keys() & own.keys()):
        parts = [
            part for part, absent in _PARTS.items() if stored[name].get(part, absent) != own[name].get(part, absent)
        ]
        if parts:
            found.append(f"{name} has another {' and another '.join(parts)}")
    return found


async def _refuse_if_needed(db: WriteConnection, stored: Entries, own: Entries) -> None:
    others = await db.value(_OTHERS)
    if others:
        raise KindsError(
            f"Graft is at work on this database (connections: {others}). End all servers on it, then change its kinds."
        )
    moved = [name for name in stored if name not in own or own[name]["prefix"] != stored[name]["prefix"]]
    used: Sequence[str] = [row["kind"] for row in await db.rows(_IN_USE, moved)] if moved else []
    if used:
        raise KindsError(
            f"There are entities of these kinds, so they can neither go nor change their prefix:"
            f" {', '.join(sorted(used))}."
        )


async def _entries(db: ReadConnection, statement: str) -> Entries | None:
    text = await db.value(statement)
    return None if text is None else jsontext.decode(bytes(text))
