"""`python -m bench.sizes`: the bytes a row of each table and index, measured on generated rows, and the sum at a scale.

Rows are inserted in the order of time, workspaces mixed, as a service inserts them. So pages are as full as there.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.database import APP_ROLE, connected
from bench.marketplace import generate, settle
from bench.report import table
from graft import clock
from graft.cli import signals
from graft.db import embedded
from graft.db.migrate import migrate

# The data is gone at the end, and its size does not depend on these.
_SETTINGS = {
    "fsync": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
}
_MEMBERS_OF_VERSION = 7


@dataclass(frozen=True, slots=True)
class Scale:
    """How many there are; members are clones, each an entity and a member row."""

    integrations: int
    installs: int
    members: int

    def rows(self) -> dict[str, int]:
        """Rows by table. One version an integration; nothing was edited, upgraded or uninstalled."""
        return {
            "integrations": self.integrations,
            "integration_versions": self.integrations,
            "version_members": self.integrations * _MEMBERS_OF_VERSION,
            "templates": self.integrations * _MEMBERS_OF_VERSION,
            "installs": self.installs,
            "solutions": self.installs,
            "operations": self.installs,
            "events": self.installs,
            "install_members": self.members,
            "entities": self.members,
        }


_TARGET = Scale(1_000_000, 10_000_000, 1_000_000_000)

# A template is a call of an HTTP API of some 400 bytes; one in ten names a schema and asks for a variable.
_TEMPLATES = """
insert into templates (digest, body, refs, variables)
select sha256(i::text::bytea), ('{"url":"${variables.apiBase}/v1/' || md5(i::text) || '","method":"POST","parameters":'
  || '{"type":"object","properties":{"' || left(md5('a' || i), 12) || '":{"type":"string","description":"'
  || md5('b' || i) || ' ' || md5('c' || i) || '"},"' || left(md5('d' || i), 9) || '":{"type":"integer","minimum":0}},'
  || '"required":["' || left(md5('a' || i), 12) || '"]},"headers":{"X-Request":"' || md5('e' || i) || '"}}')::json,
  case when i % 10 = 0 then array['schema:' || left(md5(i::text), 10)] else '{}' end, array['apiBase']
from generate_series(1, $1) i
"""

_VERSION_MEMBERS = """
insert into version_members (version_id, slug, kind, entity_slug, name, description, role, template_id, source_entity_id,
  source_workspace_id, source_version_id, required, default_enabled, fork_on_install, depends_on)
select v.id, 'call-' || left(md5(v.n || ' ' || k), 12), 'function', 'call-' || left(md5(v.n || ' ' || k), 12),
  'Call ' || left(md5(k || ' ' || v.n), 8), 'Sends one call to the service.', 'member', (v.n - 1) * $1 + k, uuidv7(),
  v.integration_id, uuidv7(), false, true, true, '{}'
from (select id, integration_id, row_number() over (order by id) as n from integration_versions) v,
  generate_series(1, $1) k
order by v.n, k
"""

# Who installs what: every workspace in turn, each integration at most once in it.
_CHOSEN = """
create temp table chosen as
with c as (select (select count(*) from workspaces) as workspaces, (select count(*) from integration_versions) as versions),
w as (select id, row_number() over (order by md5(slug)) - 1 as n from workspaces),
v as (select id, integration_id, row_number() over (order by md5(id::text)) - 1 as n from integration_versions),
s as (select i, i % c.workspaces as w, (i + i / c.workspaces * 101) % c.versions as v from generate_series(1, $1) i, c)
select s.i, uuidv7(make_interval(secs => (s.i - $1) * 3)) as id, uuidv7() as solution_id, w.id as workspace_id,
  v.integration_id, v.id as version_id, $2::timestamptz as at
from s join w on w.n = s.w join v on v.n = s.v
"""

_INSTALLED = (
    """insert into solutions (id, workspace_id, name, created_at, updated_at)
       select solution_id, workspace_id, 'Ticket bridge ' || i, at, at from chosen order by i""",
    """insert into variable_states (id, workspace_id, install_id, given, filled, created_at)
       select uuidv7(), workspace_id, id, '{"apiBase":"https://api.example.com"}',
         '{"apiBase":"https://api.example.com"}', at from chosen order by i""",
    """insert into installs (id, workspace_id, integration_id, version_id, variables_id, member_policy, solution_id,
         allow_multiple, installed_by, installed_at, updated_at)
       select c.id, c.workspace_id, integration_id, version_id, s.id, 'auto_defaults', solution_id, false, c.workspace_id, at, at
       from chosen c join variable_states s on s.install_id = c.id order by i""",
    """insert into operations (id, workspace_id, install_id, kind, to_version_id, before, created_by, created_at)
       select uuidv7(), workspace_id, id, 'install', version_id, '{}', workspace_id, at from chosen order by i""",
    """insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
       select uuidv7(), workspace_id, 'integration_install.created', 'intins', id, workspace_id,
         ('{"integrationVersionId":"intver_01jc' || left(md5(i::text), 22) || '","members":4}')::json, at
       from chosen order by i""",
)

_CLONES = """
create temp table clones as
select c.i, k, uuidv7(make_interval(secs => (c.i - $1) * 3)) as id, c.id as install_id, c.workspace_id, c.at,
  (c.i * 7 + k) % 1000000000 as base_id, 'call-' || left(md5(c.i || ' ' || k), 12) as slug
from chosen c, generate_series(1, $2) k
"""

_CLONED = (
    """insert into entities (id, workspace_id, origin_install_id, base_id, version_id, created_by, created_at, updated_at,
         kind, slug, name, description)
       select id, workspace_id, install_id, base_id, uuidv7(), workspace_id, at, at, 'function', slug,
         'Call ' || left(slug, 12), 'Sends one call to the service.' from clones order by i, k""",
    """insert into install_members (id, install_id, workspace_id, added_at, added_by, slug)
       select id, install_id, workspace_id, at, workspace_id, slug from clones order by i, k""",
)

_SIZES = """
select t.relname::text as name, pg_table_size(t.oid) as bytes, 0 as rank from pg_class t where t.oid = $1::regclass
union all
select c.relname, pg_relation_size(c.oid), 1 from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = $1::regclass order by rank, name
"""


async def generate_rows(dsn: str, scale: Scale) -> None:
    """Rows as at `scale`, in an empty migrated database. A published one of the integrations has 7 members."""
    await generate(dsn, scale.integrations, b"")
    async with connected(dsn) as connection:
        # what is generated keeps all rules; looking each reference up would take as long as writing the rows
        await connection.execute("set session_replication_role = replica")
        await connection.execute("truncate installs cascade")
        versions = await connection.fetchval("select count(*) from integration_versions")
        await _run(connection, _TEMPLATES, versions * _MEMBERS_OF_VERSION)
        await _run(connection, _VERSION_MEMBERS, _MEMBERS_OF_VERSION)
        await _run(connection, _CHOSEN, scale.installs, clock.now())
        for statement in _INSTALLED:
            await _run(connection, statement)
        await _run(connection, _CLONES, scale.installs, scale.members // scale.installs)
        for statement in _CLONED:
            await _run(connection, statement)
        await settle(connection)


async def _run(connection: Any, statement: str, *values: Any) -> None:
    await connection.execute(statement, *values, timeout=1800)


Sizes = Mapping[str, tuple[int, Sequence[tuple[str, int]]]]


async def measured(dsn: str) -> Sizes:
    """By table: its rows, then itself (with TOAST) and each index with their bytes."""
    found: dict[str, tuple[int, Sequence[tuple[str, int]]]] = {}
    async with connected(dsn) as connection:
        for name in _TARGET.rows():
            rows = await connection.fetchval(f"select count(*) from {name}")
            sizes = await connection.fetch(_SIZES, name)
            found[name] = rows, [(row["name"], row["bytes"]) for row in sizes]
    return found


def shown(sizes: Sizes, target: Scale) -> str:
    """Two tables: bytes a row of every table and index, and the size of each table at the target."""
    single: list[Sequence[str]] = []
    large: list[Sequence[str]] = []
    total = 0.0
    for name, rows_there in target.rows().items():
        rows, parts = sizes[name]
        single += [(part if part == name else f"· {part}", f"{size / rows:,.0f}") for part, size in parts]
        own, indexes = parts[0][1] / rows, sum(size for _, size in parts[1:]) / rows
        total += (own + indexes) * rows_there
        large.append((name, f"{rows:,}", f"{own:,.0f}", f"{indexes:,.0f}", f"{rows_there:,}",
                      _gigabytes((own + indexes) * rows_there)))  # fmt: skip
    large.append(("all", "", "", "", "", _gigabytes(total)))
    head = ("", "rows measured", "table, B/row", "indexes, B/row", "rows at the scale", "GB there")
    return f"{table(head, large)}\n\n{table(('', 'B/row'), single)}"


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sizes", description=__doc__)
    parser.add_argument("--integrations", type=int, default=200_000)
    parser.add_argument("--installs", type=int, default=500_000)
    parser.add_argument("--members", type=int, default=2_000_000)
    given = parser.parse_args()
    signals.interrupt_when_told_to_end()
    with (
        tempfile.TemporaryDirectory(prefix="graft-bench-") as folder,
        embedded.start(Path(folder), settings=_SETTINGS) as server,
    ):
        asyncio.run(migrate(server.dsn, app_role=APP_ROLE))
        asyncio.run(generate_rows(server.dsn, Scale(given.integrations, given.installs, given.members)))
        sizes = asyncio.run(measured(server.dsn))
    print(shown(sizes, _TARGET))  # noqa: T201 - what the command is for


if __name__ == "__main__":
    main()
