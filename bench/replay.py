"""Write the rows that Graft wrote once more, as plain multi-row SQL for another workspace: the least such work costs."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import uuid_utils

from graft import ids
from graft.ids import Id

# In an order that their foreign keys allow.
_TABLES = (
    "solutions", "variable_states", "installs", "operations", "events", "entities", "entity_versions", "install_members",
)  # fmt: skip
# What tells the twins in two workspaces that did the same; nothing where a workspace has one row.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "solutions": (),
    "variable_states": ("filled",),
    "installs": (),
    "operations": ("kind",),
    "events": ("type",),
    "entities": ("kind", "slug"),
    "entity_versions": ("entity_id",),
    "install_members": ("slug",),
}

Row = Mapping[str, str | None]
# by table, then by id
Rows = Mapping[str, Mapping[str, Row]]
Renamed = Mapping[str, str]


class Schema:
    """The columns of the tenant tables with their types."""

    def __init__(self, types: Mapping[str, Mapping[str, str]]) -> None:
        self.types = types

    @classmethod
    async def read(cls, connection: Any) -> "Schema":
        found = await connection.fetch(
            """select attrelid::regclass::text as of, attname as name, format_type(atttypid, atttypmod) as type
               from pg_attribute where attrelid = any($1::text[]::regclass[]) and attnum > 0 and not attisdropped
                 and attgenerated = '' order by attnum""",
            list(_TABLES),
        )
        types: dict[str, dict[str, str]] = {}
        for row in found:
            types.setdefault(row["of"], {})[row["name"]] = row["type"]
        return cls(types)

    async def snapshot(self, connection: Any, workspace_id: Id) -> Rows:
        """All rows of a workspace, as text."""
        rows: dict[str, dict[str, Row]] = {}
        for table in _TABLES:
            columns = ", ".join(f"{name}::text" for name in self.types[table])
            found = await connection.fetch(f"select {columns} from {table} where workspace_id = $1", workspace_id)
            rows[table] = {row["id"]: dict(row) for row in found}
        return rows

    def inserts(self, rows: Rows, renamed: Renamed) -> list[str]:
        """One INSERT a table."""
        return [
            f"insert into {table} ({', '.join(self.types[table])}) values "
            + ", ".join(
                f"({', '.join(self._values(table, row, self.types[table], renamed))})" for row in found.values()
            )
            for table, found in rows.items()
            if found
        ]

    def changes(self, before: Rows, after: Rows, renamed: Renamed) -> list[str]:
        """One UPDATE a table for what went and one for what changed otherwise, and one INSERT for what is new."""
        new = {table: {i: row for i, row in after[table].items() if i not in before[table]} for table in _TABLES}
        statements: list[str] = []
        for table in _TABLES:
            changed = {i: row for i, row in after[table].items() if i in before[table] and row != before[table][i]}
            went = {i: row for i, row in changed.items() if row.get("deleted_at") != before[table][i].get("deleted_at")}
            stayed = {i: row for i, row in changed.items() if i not in went}
            statements += [self._update(table, group, before[table], renamed) for group in (went, stayed) if group]
        return statements + self.inserts(new, renamed)

    def _update(self, table: str, rows: Mapping[str, Row], before: Mapping[str, Row], renamed: Renamed) -> str:
        types = self.types[table]
        columns = [name for name in types if any(row[name] != before[i][name] for i, row in rows.items())]
        given = ["id", "workspace_id", *columns]
        values = [self._values(table, row, given, renamed) for row in rows.values()]
        # the first row tells the types of all
        values[0] = [f"{value}::{types[name]}" for name, value in zip(given, values[0], strict=True)]
        sets = ", ".join(f"{name} = v.{name}" for name in columns)
        listed = ", ".join(f"({', '.join(row)})" for row in values)
        return (
            f"update {table} t set {sets} from (values {listed}) v({', '.join(given)})"
            " where t.id = v.id and t.workspace_id = v.workspace_id"
        )

    def _values(self, table: str, row: Row, columns: Iterable[str], renamed: Renamed) -> list[str]:
        return [_literal(row[name], renamed if self.types[table][name] == "uuid" else {}) for name in columns]


def _literal(value: str | None, renamed: Renamed) -> str:
    if value is None:
        return "null"
    return "'" + renamed.get(value, value).replace("'", "''") + "'"


def fresh_ids(rows: Rows, from_workspace: Id, to_workspace: Id) -> dict[str, str]:
    """A new id for each row, in the order of the old ones, and the other workspace for the one."""
    found = sorted(i for table in rows.values() for i in table)
    return {_uuid(from_workspace): _uuid(to_workspace)} | {i: str(uuid_utils.uuid7()) for i in found}


def twin_ids(rows: Rows, twins: Rows) -> dict[str, str]:
    """The id of each row's twin in a workspace where the same was done."""
    renamed: dict[str, str] = {}
    for table in _TABLES:
        named = {_key(table, row, {}): i for i, row in twins[table].items()}
        renamed |= {i: named[_key(table, row, renamed)] for i, row in rows[table].items()}
    return renamed


def _key(table: str, row: Row, renamed: Renamed) -> tuple[str | None, ...]:
    return tuple([renamed.get(row[name] or "", row[name] or "") for name in _KEYS[table]])


def _uuid(workspace_id: Id) -> str:
    return str(UUID(bytes=ids.decode(workspace_id)))


async def run(connection: Any, statements: Sequence[str]) -> float:
    """Milliseconds of one transaction of these statements."""
    start = time.perf_counter()
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)
    return (time.perf_counter() - start) * 1000


async def written_since(connection: Any, xid: int, counts: Mapping[str, int]) -> int:
    """Rows of all tables that were written since a transaction, and those that went; not when keys were used."""
    now = await row_counts(connection)
    total = 0
    for table in now:
        newer = f"select count(*) from {table} where xmin::text::bigint >= $1"
        total += await connection.fetchval(newer, xid % 2**32) + max(0, counts[table] - now[table])
    return total


async def row_counts(connection: Any) -> dict[str, int]:
    """How many rows each table has, but for the keys, whose last use is written now and then."""
    names = await connection.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname"
    )
    found = [row["relname"] for row in names if row["relname"] != "api_keys"]
    return {name: await connection.fetchval(f"select count(*) from {name}") for name in found}


async def next_xid(connection: Any) -> int:
    return await connection.fetchval("select pg_current_xact_id()::text::bigint")


async def table_bytes(connection: Any) -> int:
    """The size of all tables with their indexes."""
    return await connection.fetchval(
        """select sum(pg_total_relation_size(oid))::bigint from pg_class
           where relkind = 'r' and relnamespace = 'public'::regnamespace"""
    )


async def wal_position(connection: Any) -> int:
    """Bytes of write-ahead log since the beginning."""
    return await connection.fetchval("select (pg_current_wal_insert_lsn() - '0/0')::bigint")
