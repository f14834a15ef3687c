"""Write the SQL that moves an installation from one PostgreSQL to a Citus cluster, and the SQL that brings it back.

Both are derived from `tables.py` and `schema.sql`, so a new table, foreign key or trigger needs no change here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graft.db.tables import LOCAL, REFERENCE, TENANT

_TABLE = re.compile(r"^create table (\w+) \((.*?)^\)", re.MULTILINE | re.DOTALL)
_REFERENCES = re.compile(r"\breferences (\w+)")
_TRIGGER = re.compile(r"^create trigger (\w+)\s[^;]*?\son (\w+)\s[^;]*;", re.MULTILINE)

_MOVE = """\
-- Moves Graft from one PostgreSQL to a Citus cluster, whose coordinator that server is. For psql, there, as the owner.
--
-- Before:
--   1. Stop every process of Graft, and make a backup.
--   2. All nodes: the same major version of PostgreSQL; shared_preload_libraries begins with citus; lc_messages = 'C';
--      `create extension citus` in the database.
--   3. On the coordinator: citus_set_coordinator_host(…), citus_add_node(…) for each worker.
--   4. Nodes call each other as the role of the service, which may not log in: `alter role graft_app login`, and an
--      entry for it in each node's pg_hba.conf.
-- All of it or nothing: one transaction. The setting of the database is lost by a copy of it: make it there again.

\\set ON_ERROR_STOP on

begin;
-- A table that names a copied one cannot be spread by several connections.
set local citus.multi_shard_modify_mode = 'sequential';
-- Catalogue rows are written after tenant rows of several workspaces were read in the same transaction.
do $$ begin
  execute format('alter database %I set citus.multi_shard_modify_mode = ''sequential''', current_database());
end $$;

-- Before the first conversion: later the tables are in Citus' metadata already.
set local citus.enable_local_reference_table_foreign_keys = off;
"""

_BACK = """\
-- Brings Graft back from a Citus cluster to one PostgreSQL, the coordinator. For psql, there, as the owner.
-- Before: stop every process of Graft, and make a backup. After: the schema is as it was; sequences may have jumped.

\\set ON_ERROR_STOP on
"""

_BACK_END = """\
do $$ begin
  execute format('alter database %I reset citus.multi_shard_modify_mode', current_database());
end $$;
"""

_RESET_CHANGES = """\
-- Changes were not noted on the cluster: totals that were counted before are counted again.
delete from changes;
update changes_horizon set xid = pg_current_xact_id();
"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A statement trigger; `sql` is the statement that creates it."""

    name: str
    table: str
    sql: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What a move must know of the schema.

    `references`: table → the other tables that its foreign keys lead to. `triggers`: all, as a cluster takes none.
    """

    references: Mapping[str, frozenset[str]]
    triggers: Sequence[Trigger]


def read_schema(text: str) -> Schema:
    """Parse the text of `schema.sql`."""
    references = {found[1]: frozenset(_REFERENCES.findall(found[2])) - {found[1]} for found in _TABLE.finditer(text)}
    return Schema(references, [Trigger(found[1], found[2], found[0]) for found in _TRIGGER.finditer(text)])


def move(schema: Schema) -> str:
    """The psql script that moves the installation to the cluster."""
    first, *others = TENANT
    spread = "select create_distributed_table('{}', 'workspace_id', colocate_with := '{}');"

    parts = [
        _MOVE,
        "-- They note changes for the cache of totals, which rests on the transactions of one server.",
        *(f"drop trigger {trigger.name} on {trigger.table};" for trigger in schema.triggers),
        "\n-- The catalogue: a copy on every node.",
        *(f"select create_reference_table('{table}');" for table in REFERENCE),
        "\n-- Tenants: each workspace's rows together, on one node.",
        spread.format(first, "none"),
        *(spread.format(table, first) for table in others),
        "\n-- On one node, and reached from all.",
        *(f"select citus_add_local_table_to_metadata('{table}');" for table in LOCAL),
        "\n-- The coordinator still has the rows that were copied away.",
        *(
            f"select truncate_local_data_after_distributing_table('{table}');"
            for table in reversed((*REFERENCE, *TENANT))
        ),
        "\nanalyze;",
        "commit;",
    ]
    return "\n".join(parts) + "\n"


def back(schema: Schema) -> str:
    """The psql script that moves everything from the cluster to its coordinator."""
    parts = [
        _BACK,
        *_undistributed(schema),
        "",
        _BACK_END,
        _RESET_CHANGES,
        *(trigger.sql for trigger in schema.triggers),
        "\nanalyze;",
    ]
    return "\n".join(parts) + "\n"


def _undistributed(schema: Schema) -> Iterator[str]:
    """A call for each group of tables that foreign keys connect: Citus takes such a group only as a whole."""
    done: set[str] = set()
    for table in (*REFERENCE, *TENANT, *LOCAL):
        if table not in done:
            together = _connected(schema.references, table)
            done |= together
            cascade = ", cascade_via_foreign_keys => true" if len(together) > 1 else ""
            yield f"select undistribute_table('{table}'{cascade});"


def _connected(references: Mapping[str, frozenset[str]], table: str) -> set[str]:
    """The table and all tables that foreign keys connect it with, in either direction, at any distance."""
    found: set[str] = set()
    new = {table}
    while new:
        found |= new
        named = {other for one in found for other in references.get(one, ())}
        naming = {other for other, names in references.items() if names & found}
        new = (named | naming) - found
    return found
