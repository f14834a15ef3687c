"""A small marketplace to list: a catalogue of apps, and two tenant tables, installs and their members."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from graft import ids
from graft.listing import (
    BOOL,
    DECIMAL,
    FALSE,
    FLOAT,
    INT,
    JSON,
    TEXT,
    TIMESTAMP,
    Catalog,
    Field,
    Page,
    Part,
    Relation,
    Resource,
    Sql,
    enumeration,
    fetch_page,
    identifier,
    read_query,
    shorthands,
    sql,
)

Row = dict[str, Any]

KEY = b"a key for the tests' cursors"

TABLES = """
create table apps (
  id uuid primary key, workspace_id uuid not null, slug text collate "C" not null, name text not null, description text,
  visibility text collate "C" not null, stars bigint, rating double precision, price numeric, featured boolean,
  released_at timestamptz, created_at timestamptz not null, deleted_at timestamptz, manifest json not null);
create table installs (
  id uuid not null, workspace_id uuid not null, app_id uuid not null, parent_id uuid, note text, seats bigint not null,
  deleted_at timestamptz, primary key (id, workspace_id));
create table members (
  id uuid not null, workspace_id uuid not null, install_id uuid not null, slug text collate "C" not null,
  enabled boolean, weight numeric not null, deleted_at timestamptz, primary key (id, workspace_id));
"""
COLUMNS = {
    "apps": (
        "id", "workspace_id", "slug", "name", "description", "visibility", "stars", "rating", "price", "featured",
        "released_at", "created_at", "deleted_at", "manifest",
    ),
    "installs": ("id", "workspace_id", "app_id", "parent_id", "note", "seats", "deleted_at"),
    "members": ("id", "workspace_id", "install_id", "slug", "enabled", "weight", "deleted_at"),
}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Who asks: a member of `workspaces`."""

    workspaces: list[str]
    # what a test leaves out of the visibility of installs, to see that it is missed
    careless: bool = False


def _apps_seen(caller: Caller) -> Sql:
    return sql("t.visibility = 'public' or t.workspace_id = any ($1::uuid[])", caller.workspaces)


def _apps_parts(caller: Caller, _related: bool) -> list[Part]:
    return [
        Part(sql("t.visibility = 'public' and t.deleted_at is null")),
        Part(
            sql(
                "t.visibility <> 'public' and t.deleted_at is null and t.workspace_id = any ($1::uuid[])",
                caller.workspaces,
            )
        ),
    ]


def _members_seen(caller: Caller) -> Sql:
    return sql("t.workspace_id = any ($1::uuid[])", caller.workspaces) if caller.workspaces else FALSE


def _installs_seen(caller: Caller) -> Sql:
    return sql("true") if caller.careless else _members_seen(caller)


def _id_of(prefix: str) -> Any:
    return identifier(lambda text: ids.parse(prefix, text))


APPS: Resource[Caller] = Resource(
    name="apps",
    source=sql("apps t"),
    visible=_apps_seen,
    deleted_at="t.deleted_at",
    catalogue=True,
    fields={
        "id": Field("t.id", _id_of("app")),
        "workspaceId": Field("t.workspace_id", _id_of("wsp")),
        "slug": Field("t.slug", TEXT),
        "name": Field("t.name", TEXT),
        "description": Field("t.description", TEXT, nullable=True),
        "visibility": Field("t.visibility", enumeration("private", "unlisted", "public")),
        "stars": Field("t.stars", INT, nullable=True),
        "rating": Field("t.rating", FLOAT, nullable=True),
        "price": Field("t.price", DECIMAL, nullable=True),
        "featured": Field("t.featured", BOOL, nullable=True),
        "releasedAt": Field("t.released_at", TIMESTAMP, nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "manifest": Field("t.manifest", JSON),
    },
    relations={"installs": Relation("installs", (("t.id", "t.app_id"),), many=True)},
    shorthands=shorthands("workspaceId", "slug", "name", "visibility", "stars", "featured", "createdAt", "price"),
    parts=_apps_parts,
)
INSTALLS: Resource[Caller] = Resource(
    name="installs",
    # as a sub-select with a parameter, because such sources exist
    source=lambda caller: sql("(select * from installs where seats >= $1::bigint) t", 0),
    visible=_installs_seen,
    deleted_at="t.deleted_at",
    fields={
        "id": Field("t.id", _id_of("ins")),
        "workspaceId": Field("t.workspace_id", _id_of("wsp")),
        "appId": Field("t.app_id", _id_of("app")),
        "parentId": Field("t.parent_id", _id_of("ins"), nullable=True),
        "note": Field("t.note", TEXT, nullable=True),
        "seats": Field("t.seats", INT),
    },
    relations={
        "app": Relation("apps", (("t.app_id", "t.id"),)),
        "parent": Relation("installs", (("t.workspace_id", "t.workspace_id"), ("t.parent_id", "t.id"))),
        "children": Relation("installs", (("t.workspace_id", "t.workspace_id"), ("t.id", "t.parent_id")), many=True),
        "members": Relation("members", (("t.workspace_id", "t.workspace_id"), ("t.id", "t.install_id")), many=True),
    },
    shorthands=shorthands("workspaceId", "appId"),
)
MEMBERS: Resource[Caller] = Resource(
    name="members",
    source=sql("members t"),
    visible=_members_seen,
    deleted_at="t.deleted_at",
    fields={
        "id": Field("t.id", _id_of("mem")),
        "workspaceId": Field("t.workspace_id", _id_of("wsp")),
        "slug": Field("t.slug", TEXT),
        "enabled": Field("t.enabled", BOOL, nullable=True),
        "weight": Field("t.weight", DECIMAL),
    },
    relations={"install": Relation("installs", (("t.workspace_id", "t.workspace_id"), ("t.install_id", "t.id")))},
)
RESOURCES = {"apps": APPS, "installs": INSTALLS, "members": MEMBERS}
CATALOG = Catalog(RESOURCES.values())


@dataclass
class Data:
    """The rows of the toy tables, as dicts by column; ids are 26 characters."""

    workspaces: list[str] = field(default_factory=list[str])
    apps: list[Row] = field(default_factory=list[Row])
    installs: list[Row] = field(default_factory=list[Row])
    members: list[Row] = field(default_factory=list[Row])


@dataclass
class World:
    """The toy tables in a schema of their own, with a caller who sees the first two of four workspaces."""

    connection: Any
    data: Data
    caller: Caller


START = datetime(2026, 1, 1, tzinfo=UTC)
# Case, accents, LIKE's own characters, the quote and the backslash; short, so that they meet often.
WORDS = [
    "",
    "a",
    "A",
    "ab",
    "AB",
    "aB",
    "b",
    "B%",
    "a_b",
    "a%b",
    "\\",
    "a\\b",
    "é",
    "É",
    "ß",
    "o'x",
    "$1",
    "z",
    "日本",
    "😀",
]


def random_moment(choice: random.Random) -> datetime:
    return START + timedelta(days=choice.randrange(3), microseconds=choice.choice([0, 1, 2, 999_999]))


def maybe(choice: random.Random, value: Any) -> Any:
    return None if choice.random() < 0.3 else value


def random_app(choice: random.Random, workspace: str) -> Row:
    """Few different values, so that ties, nulls and hits are many."""
    return {
        "id": ids.new_id(),
        "workspace_id": workspace,
        "slug": choice.choice(WORDS),
        "name": choice.choice(WORDS),
        "description": maybe(choice, choice.choice(WORDS)),
        "visibility": choice.choice(["private", "unlisted", "public"]),
        "stars": maybe(choice, choice.choice([0, 1, 2, -1, 2**63 - 1, -(2**63)])),
        "rating": maybe(choice, choice.choice([0.1, 0.2, 0.1 + 0.2, -1.5, 1e300])),
        "price": maybe(choice, choice.choice([Decimal("1.10"), Decimal("1.1"), Decimal("1e-30"), Decimal(7)])),
        "featured": maybe(choice, choice.random() < 0.5),
        "released_at": maybe(choice, random_moment(choice)),
        "created_at": random_moment(choice),
        "deleted_at": START if choice.random() < 0.2 else None,
        "manifest": '{"b":1, "a": 1.0}',
    }


def random_data(seed: str, *, apps: int = 120, installs: int = 150, members: int = 250) -> Data:
    choice = random.Random(seed)
    data = Data(workspaces=list(ids.new_ids(4)))
    data.apps = [random_app(choice, choice.choice(data.workspaces)) for _ in range(apps)]
    for _ in range(installs):
        workspace = choice.choice(data.workspaces)
        siblings = [row["id"] for row in data.installs if row["workspace_id"] == workspace]
        data.installs.append(
            {
                "id": ids.new_id(),
                "workspace_id": workspace,
                "app_id": choice.choice(data.apps)["id"],
                "parent_id": maybe(choice, choice.choice(siblings)) if siblings else None,
                "note": maybe(choice, choice.choice(WORDS)),
                "seats": choice.randrange(4),
                "deleted_at": START if choice.random() < 0.2 else None,
            }
        )
    for _ in range(members):
        install = choice.choice(data.installs)
        data.members.append(
            {
                "id": ids.new_id(),
                "workspace_id": install["workspace_id"],
                "install_id": install["id"],
                "slug": choice.choice(WORDS),
                "enabled": maybe(choice, choice.random() < 0.5),
                "weight": choice.choice([Decimal("0.5"), Decimal("0.50"), Decimal(2)]),
                "deleted_at": START if choice.random() < 0.2 else None,
            }
        )
    return data


async def open_world(dsn: str, schema: str, data: Data | None = None) -> World:
    data = data or random_data(schema)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=ids.decode, decoder=ids.encode
    )
    await connection.execute(f"create schema {schema}; {TABLES}")
    for table in COLUMNS:
        await insert(connection, table, getattr(data, table))
    return World(connection, data, Caller(data.workspaces[:2]))


async def insert(connection: Any, table: str, rows: list[Row]) -> None:
    columns = COLUMNS[table]
    values = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    await connection.executemany(
        f"insert into {table} ({', '.join(columns)}) values ({values})", [[row[c] for c in columns] for row in rows]
    )


async def ask(world: World, resource: Resource[Caller], caller: Caller | None = None, /, **parameters: Any) -> Page:
    """The page that `parameters` ask for; None is a parameter that is not given. Its rows carry nothing but ids."""
    pairs = [(name, str(value)) for name, value in parameters.items() if value is not None]
    caller = caller or world.caller
    return await fetch_page(
        world.connection.fetch,
        read_query(resource, pairs, CATALOG),
        caller,
        columns=sql("t.id"),
        key=KEY,
        caller=",".join(caller.workspaces),
    )


def found(page: Page) -> list[str]:
    return [row["id"] for row in page.rows]
