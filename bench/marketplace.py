"""A generated marketplace: integrations of few large publishers and many small ones, and a caller who looks at them."""

import itertools
from dataclasses import dataclass
from typing import Any

from bench.database import connected
from graft import clock, ids
from graft.auth.tokens import new_token, token_hash, token_hint
from graft.ids import Id

# So many rows has the publisher whose list is measured, in every marketplace that is large enough.
_LARGE = 1_000
_MEDIUM = 100
_SMALL = (1, 1, 2, 2, 3, 5, 8, 13)
_SAMPLE = 1_000
_INSTALLED = 5
_GRANTED = 50


@dataclass(frozen=True, slots=True)
class Marketplace:
    """What the measured requests need to know. `total`: the public rows of `publisher`; `public_ids` are those of the wire.

    `workspace_id` and `token`: the caller's.
    """

    dsn: str
    rows: int
    workspace_id: Id
    token: str
    publisher: str
    total: int
    public_ids: tuple[str, ...]


def publisher_sizes(rows: int) -> list[int]:
    """How many integrations each publisher has: two giants with a tenth, large ones with a tenth, medium ones with
    three, small ones with the rest. The third is the one whose list is measured."""
    large = max(1, min(_LARGE, rows // 20))
    sizes = [rows // 20] * 2 + [large] * max(1, rows // 10 // large) + [_MEDIUM] * (rows * 3 // 10 // _MEDIUM)
    left = rows - sum(sizes)
    for size in itertools.cycle(_SMALL):
        if left <= 0:
            return sizes
        sizes.append(min(size, left))
        left -= size
    raise AssertionError


_WORKSPACES = """
insert into workspaces (id, slug, name, created_at, updated_at)
select u.id, 'publisher-' || u.n, 'Publisher ' || u.n, $2, $2 from unnest($1::uuid[]) with ordinality u(id, n)
"""

_WORKSPACE = """
insert into workspaces (id, slug, name, created_at, updated_at) values ($1, 'caller', 'The caller', $2, $2)
"""

_LOCKS = "insert into workspace_locks (id, workspace_id) select w.id, w.id from workspaces w on conflict do nothing"

_PUBLISHERS = """
insert into publishers (id, name, workspace_id, created_at)
select uuidv7(), w.slug, w.id, w.created_at from workspaces w
"""

# The rows of one publisher stand all over the table, as if they had come over a year. `h` decides what each is.
_SLOTS = """
create temp table slots as
select i, workspace_id, publisher, abs(hashint8(i)::bigint) as h
from (
  select row_number() over (order by md5(u.n || ' ' || k)) as i, u.id as workspace_id,
    'publisher-' || u.n as publisher
  from unnest($1::uuid[], $2::int[]) with ordinality u(id, size, n), generate_series(1, u.size) k) s
"""

# 80 % public, 5 % unlisted, 5 % private, 7 % never published, 3 % deleted; a manifest has about 1 kB.
_INTEGRATIONS = """
insert into integrations (id, workspace_id, slug, name, description, publisher, trust_tier, current_version_id,
  current_version, manifest, variables_schema, auth_config, visibility, created_by, deleted_at, retention_tier,
  created_at, updated_at, size)
select uuidv7(make_interval(secs => (s.i - $1) * 30)), s.workspace_id, 'integration-' || s.i,
  (array['Invoice', 'Ticket', 'Calendar', 'Payment', 'Contact', 'Order', 'Report', 'Mail'])[1 + s.h % 8] || ' '
    || (array['sync', 'bridge', 'agent', 'import', 'export', 'alerts', 'search'])[1 + s.h % 7] || ' ' || s.i,
  case when s.h % 4 > 0 then 'Keeps two systems in step, number ' || s.i || '.' end, s.publisher,
  (array['community', 'community', 'community', 'verified_publisher', 'verified_partner'])[1 + s.h % 5],
  case when s.h % 100 < 93 then uuidv7() end,
  case when s.h % 100 < 93 then 1 + s.h % 9 || '.' || s.h % 7 || '.0' end,
  m.manifest, d.variables_schema::json, d.auth_config::json,
  case when s.h % 100 < 80 then 'public' when s.h % 100 < 85 then 'unlisted' else 'private' end, $2,
  case when s.h % 100 >= 97 then $3::timestamptz end, case when s.h % 100 >= 97 then 'medium' end,
  $3::timestamptz + make_interval(secs => (s.i - $1) * 30), $3::timestamptz + make_interval(secs => (s.i - $1) * 30),
  octet_length(m.manifest::text) + octet_length(d.variables_schema) + octet_length(d.auth_config)
from slots s cross join (
  select '{"type":"object","properties":{"apiBase":{"type":"string","minLength":1}},"required":["apiBase"]}'
      as variables_schema,
    '{"type":"api_key","authHeaderName":"Authorization","authValuePrefix":"Bearer "}' as auth_config) d
cross join lateral (
  select ('{"members":[' || string_agg('{"slug":"call-' || left(md5(s.i || ' ' || k), 12) || '","entityId":"fun_01jc'
    || left(md5(k || ' ' || s.i), 22) || '","kind":"function","required":false,"defaultEnabled":true,"forkOnInstall":'
    || 'true}', ',') || '],"dependencies":[],"permissions":[]}')::json as manifest
  from generate_series(1, 7) k) m
order by s.i
"""

_VERSIONS = """
insert into integration_versions (id, integration_id, version, manifest_snapshot, variables_schema_snapshot,
  auth_config_snapshot, member_entity_versions, dependencies, permissions, allow_multiple_installs, published_by,
  published_at, size)
select i.current_version_id, i.id, i.current_version, i.manifest, i.variables_schema, i.auth_config, '{}', '[]', '{}',
  false, i.created_by, i.created_at, i.size + 2
from integrations i where i.current_version_id is not null order by i.id
"""

_INSTALLS = """
with chosen as materialized (
  select uuidv7() as id, i.id as integration_id, i.current_version_id
  from integrations i where i.visibility = 'public' and i.workspace_id <> $1 order by i.id desc limit $3),
state as (
  insert into variable_states (id, workspace_id, install_id, given, filled, created_at, size)
  select c.id, $1, c.id, '{}', '{"apiBase":"https://api.example.com"}', $2, 37 from chosen c)
insert into installs (id, workspace_id, integration_id, version_id, variables_id, member_policy, allow_multiple,
  installed_at, updated_at)
select c.id, $1, c.integration_id, c.current_version_id, c.id, 'auto_defaults', false, $2, $2 from chosen c
"""

_GRANTS = """
insert into permissions (id, object_kind, object_id, object_workspace_id, subject_kind, subject_id, tier, created_at,
  updated_at)
select uuidv7(), 'integration', i.id, i.workspace_id, 'workspace', $1, 'viewer', $2, $2
from integrations i where i.visibility = 'private' and i.workspace_id <> $1 order by i.id desc limit $3
"""

# What others have: a user and a key each, two installs and a grant, so that the caller's are few among many.
_OTHERS = (
    """insert into users (id, email, name, created_at, updated_at)
       select uuidv7(), w.slug || '@example.com', w.name, $1, $1 from workspaces w""",
    """insert into workspace_members (id, workspace_id, user_id, tier, created_at, updated_at)
       select uuidv7(), w.id, u.id, 'admin', $1, $1 from workspaces w join users u on u.email = w.slug || '@example.com'""",
    """insert into api_keys (id, kind, workspace_id, user_id, tier, name, hash, hint, created_at, updated_at)
       select uuidv7(), 'secret', m.workspace_id, m.user_id, 'editor', 'a key', sha256(m.id::text::bytea), 'sec_…', $1, $1
       from workspace_members m""",
    """with chosen as materialized (
         select uuidv7() as id, w.id as workspace_id, i.id as integration_id, i.current_version_id
         from (select id, row_number() over () as n from workspaces) w cross join lateral (values (w.n), (w.n * 3)) x(n)
       join (select id, current_version_id, row_number() over (order by md5(slug)) as n from integrations
               where visibility = 'public' and deleted_at is null) i on i.n = x.n),
       state as (
         insert into variable_states (id, workspace_id, install_id, given, filled, created_at, size)
         select c.id, c.workspace_id, c.id, '{}', '{}', $1, 2 from chosen c)
       insert into installs (id, workspace_id, integration_id, version_id, variables_id, member_policy, allow_multiple,
         installed_at, updated_at)
       select c.id, c.workspace_id, c.integration_id, c.current_version_id, c.id, 'auto_defaults', false, $1, $1
       from chosen c""",
    """insert into permissions (id, object_kind, object_id, object_workspace_id, subject_kind, subject_id, tier,
         created_at, updated_at)
       select uuidv7(), 'integration', i.id, i.workspace_id, 'workspace', w.id, 'viewer', $1, $1
       from (select id, row_number() over () as n from workspaces) w
       join (select id, workspace_id, row_number() over (order by md5(slug)) as n from integrations
             where visibility = 'private' and deleted_at is null) i on i.n = w.n""",
)

_PUBLIC = "select id from integrations where visibility = 'public' and deleted_at is null order by md5(slug) limit $1"
_TOTAL = "select count(*) from integrations where publisher = $1 and visibility = 'public' and deleted_at is null"


async def generate(dsn: str, rows: int, token_key: bytes) -> Marketplace:
    """Fill an empty migrated database with `rows` integrations. The caller is a workspace that installed a few."""
    sizes = publisher_sizes(rows)
    workspaces = ids.new_ids(len(sizes))
    async with connected(dsn) as connection:
        # what is generated keeps all rules; looking each reference up would take as long as writing the rows
        await connection.execute("set session_replication_role = replica")
        await _fill(connection, rows, workspaces, sizes)
        for statement in _OTHERS:
            await connection.execute(statement, clock.now())
        (caller,) = ids.new_ids(1)
        await connection.execute(_WORKSPACE, caller, clock.now())
        token = await make_key(connection, caller, token_key)
        now = clock.now()
        await connection.execute(_INSTALLS, caller, now, _INSTALLED)
        await connection.execute(_GRANTS, caller, now, _GRANTED)
        await settle(connection)
        publisher = "publisher-3"
        found = await connection.fetch(_PUBLIC, _SAMPLE)
        total = await connection.fetchval(_TOTAL, publisher)
    return Marketplace(dsn, rows, caller, token, publisher, total, tuple(f"int_{row['id']}" for row in found))


async def _fill(connection: Any, rows: int, workspaces: list[Id], sizes: list[int]) -> None:
    now = clock.now()
    await connection.execute(_WORKSPACES, workspaces, now)
    await connection.execute(_LOCKS)
    await connection.execute(_PUBLISHERS)
    await connection.execute(_SLOTS, workspaces, sizes)
    user_id = await make_user(connection)
    await connection.execute(_INTEGRATIONS, rows, user_id, now, timeout=1800)
    await connection.execute(_VERSIONS, timeout=1800)
    await connection.execute("drop table slots")


async def make_user(connection: Any) -> Id:
    user_id, now = ids.new_id(), clock.now()
    await connection.execute(
        "insert into users (id, email, name, created_at, updated_at) values ($1, $2, 'Someone', $3, $3)",
        user_id,
        f"{user_id}@example.com",
        now,
    )
    return user_id


async def make_workspaces(
    connection: Any, token_key: bytes, prefix: str, count: int, tier: str = "editor"
) -> list[tuple[Id, str]]:
    """New workspaces, each with the token of a secret key of it."""
    made = ids.new_ids(count)
    await connection.execute(
        """insert into workspaces (id, slug, name, created_at, updated_at)
           select u.id, $2 || u.n, $2 || u.n, $3, $3 from unnest($1::uuid[]) with ordinality u(id, n)""",
        made,
        prefix,
        clock.now(),
    )
    await connection.execute(
        """insert into publishers (id, name, workspace_id, created_at)
           select uuidv7(), w.slug, w.id, w.created_at from workspaces w where w.id = any($1)""",
        made,
    )
    await connection.execute(_LOCKS)
    return [(workspace_id, await make_key(connection, workspace_id, token_key, tier)) for workspace_id in made]


async def make_key(connection: Any, workspace_id: Id, token_key: bytes, tier: str = "editor") -> str:
    """The token of a new secret key of the workspace."""
    token, now = new_token("secret"), clock.now()
    await connection.execute(
        """insert into api_keys (id, kind, workspace_id, user_id, tier, name, hash, hint, created_at, updated_at)
           values ($1, 'secret', $2, $3, $7, 'bench', $4, $5, $6, $6)""",
        ids.new_id(),
        workspace_id,
        await make_user(connection),
        token_hash(token_key, token),
        token_hint(token),
        now,
        tier,
    )
    return token


async def make_session(connection: Any, workspaces: list[Id], token_key: bytes) -> str:
    """The token of a session of a new user, who is an editor of all these workspaces."""
    token, now, user_id = new_token("session"), clock.now(), await make_user(connection)
    await connection.execute(
        """insert into workspace_members (id, workspace_id, user_id, tier, created_at, updated_at)
           select u.id, u.workspace_id, $3, 'editor', $4, $4 from unnest($1::uuid[], $2::uuid[]) u(id, workspace_id)""",
        ids.new_ids(len(workspaces)),
        workspaces,
        user_id,
        now,
    )
    await connection.execute(
        """insert into api_keys (id, kind, user_id, name, hash, hint, created_at, updated_at)
           values ($1, 'session', $2, 'bench', $3, $4, $5, $5)""",
        ids.new_id(),
        user_id,
        token_hash(token_key, token),
        token_hint(token),
        now,
    )
    return token


async def settle(connection: Any) -> None:
    """As the database is after a quiet night: vacuumed, analyzed, nothing left to be written."""
    await connection.execute("vacuum (analyze)", timeout=1800)
    await connection.execute("checkpoint", timeout=1800)
