"""The operator's kinds, on which all processes on one database agree.

The first process stores them; only `graft migrate --kinds` replaces them.
"""

from collections.abc import Mapping, Sequence

from graft import jsontext
from graft.db.connection import Database, ReadConnection, WriteConnection
from graft.jsontext import Json
from graft.kinds.registry import Kinds, KindsError
from graft.templates import DATA_KEYWORDS

Entries = Mapping[str, Json]

# Key of an entry → its default. Entries that an earlier Graft stored lack the keys that came later.
_DEFAULTS: Entries = {
    "prefix": None,
    "schema": {},
    "merge_keys": {},
    "data_places": list(DATA_KEYWORDS),
    "name_maps": [],
}
_INSERT = "insert into kinds (entries) values ($1) on conflict do nothing"

# `for share`: a process that starts while the kinds are being replaced waits, and reads the new ones.
_SELECT_FOR_SHARE = "select entries from kinds for share"
# For a standby, where nothing can be locked.
_SELECT = "select entries from kinds"
_SELECT_FOR_UPDATE = "select entries from kinds for update"
_UPDATE = "update kinds set entries = $1"

# The connections of other processes. A process connects before it reads the kinds, so every one that read the old kinds
# is counted.
_COUNT_OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'graft' and pid <> pg_backend_pid()
"""

# Of all workspaces on purpose. `$1`: names of kinds.
_IN_USE = """
select distinct kind from entities where kind = any($1)
union select distinct kind from version_members where kind = any($1)
"""


async def check_kinds(database: Database, kinds: Kinds) -> None:
    """Store the operator's kinds of this process if none are stored yet. `KindsError` if others are.

    A standby, which cannot store, is only compared.
    """
    async with database.reading() as db:
        standby: bool = await db.value("select pg_is_in_recovery()")
        stored = await _entries(db, _SELECT if standby else _SELECT_FOR_SHARE)

    if stored is None and not standby:
        async with database.writing() as db:
            await db.execute(_INSERT, jsontext.encode(kinds.own))
            # another process may have been first
            stored = await _entries(db, _SELECT_FOR_SHARE)

    differing = _differences(stored or {}, kinds.own)
    if differing:
        raise KindsError(
            "The kinds of this process (GRAFT_KINDS) are not those of the database: " + "; ".join(differing) + "."
            " Every process needs the same file. To give the database the kinds of this one, end all servers on it and"
            " run `graft migrate --kinds`."
        )


async def replace_kinds(database: Database, kinds: Kinds) -> bool:
    """Replace the stored kinds by the operator's kinds of this process; whether anything changed.

    `KindsError` if another process of Graft is connected, or if entities have a kind that goes or changes its prefix.
    """
    async with database.writing() as db:
        await db.execute(_INSERT, jsontext.encode(kinds.own))
        stored = await _entries(db, _SELECT_FOR_UPDATE) or {}
        if stored == kinds.own:
            return False

        await _refuse_if_in_use(db, stored, kinds.own)
        await db.execute(_UPDATE, jsontext.encode(kinds.own))
    return True


def _differences(stored: Entries, own: Entries) -> list[str]:
    """How the kinds of this process differ from those of the database, a phrase for each kind that does."""
    found = [f"{name} is missing here" for name in sorted(stored.keys() - own.keys())]
    found += [f"{name} is not in the database" for name in sorted(own.keys() - stored.keys())]
    for name in sorted(stored.keys() & own.keys()):
        parts = [
            part
            for part, default in _DEFAULTS.items()
            if stored[name].get(part, default) != own[name].get(part, default)
        ]
        if parts:
            found.append(f"{name} has another {' and another '.join(parts)}")
    return found


async def _refuse_if_in_use(db: WriteConnection, stored: Entries, own: Entries) -> None:
    others = await db.value(_COUNT_OTHERS)
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
