"""The lists of a marketplace use their indexes: what a page reads does not depend on the size of the table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from graft import ids
from graft.auth.caller import Caller, Tier
from graft.db.connection import set_codecs
from graft.entities.listing import LIST as ENTITIES
from graft.events.listing import LIST as EVENTS
from graft.installs.listing import LIST as INSTALLS
from graft.integrations.listing import LIST as INTEGRATIONS
from graft.listing import prepare, read_query, sql
from graft.listing.page import _LIMIT  # pyright: ignore[reportPrivateUsage]
from graft.listing.query import Keys, backwards
from graft.listing.stretches import POSITION
from graft.listing.totals import Head
from graft.versions.listing import LIST as VERSIONS
from graft.web.lists import ListEndpoint, Scope
from tests.support.catalog import CATALOG
from tests.support.database import connected

pytestmark = pytest.mark.slow

SIZE = 9_000
# rows of a page with its neighbours, of what decides who sees them, and of what the caller has installed
MOST_READ = 420
# of the size of a small manifest: a table that fits a few pages is rightly read whole
DOCUMENT = "json_build_object('text', repeat(md5(n::text), 30))"
NOW = "timestamptz '2026-01-01'"


@dataclass(frozen=True)
class Market:
    """Integrations of 50 publishers in turn, two thirds of them public; the caller is the first of them."""

    connection: Any
    caller: Caller
    integrations: Sequence[str]


async def _owners(connection: Any) -> list[str]:
    owners: list[str] = list(ids.new_ids(50))
    await connection.execute(
        f"""insert into workspaces (id, slug, name, created_at, updated_at)
            select id, 'w' || n, 'W' || n, {NOW}, {NOW} from unnest($1::uuid[]) with ordinality u(id, n)""",
        owners,
    )
    return owners


async def _grown(connection: Any, owners: list[str], size: int) -> Market:
    """So many more integrations, each with a version, an install in another workspace, and two events; a third as many
    entities of the caller."""
    rows, versions, installs = (ids.new_ids(size) for _ in range(3))
    await connection.execute(
        f"""insert into integrations (id, workspace_id, slug, name, publisher, current_version_id, current_version,
              manifest, variables_schema, auth_config, visibility, created_at, updated_at)
            select u.id, ($3::uuid[])[1 + n % 50], u.id::text, 'Name ' || md5(n::text), 'p' || n % 50, u.version,
              '1.0.0', {DOCUMENT}, '{{}}', '{{}}', case when n / 50 % 3 = 0 then 'private' else 'public' end, {NOW}, {NOW}
            from unnest($1::uuid[], $2::uuid[]) with ordinality u(id, version, n)""",
        rows, versions, owners,
    )  # fmt: skip
    await connection.execute(
        f"""insert into integration_versions (id, integration_id, version, manifest_snapshot, variables_schema_snapshot,
              auth_config_snapshot, member_entity_versions, dependencies, permissions, allow_multiple_installs,
              published_at)
            select u.version, u.id, '1.0.0', {DOCUMENT}, '{{}}', '{{}}', '{{}}', '[]', '{{}}', false, {NOW}
            from unnest($1::uuid[], $2::uuid[]) with ordinality u(id, version, n)""",
        rows, versions,
    )  # fmt: skip
    # twenty of them are the caller's
    await connection.execute(
        f"""with state as (
              insert into variable_states (id, workspace_id, install_id, given, filled, created_at)
              select u.install, ($4::uuid[])[case when n <= 20 then 1 else 2 + n % 49 end], u.install, '{{}}', '{{}}', {NOW}
              from unnest($3::uuid[]) with ordinality u(install, n))
            insert into installs (id, workspace_id, integration_id, version_id, variables_id, member_policy,
              allow_multiple, installed_at, updated_at)
            select u.install, ($4::uuid[])[case when n <= 20 then 1 else 2 + n % 49 end], u.id, u.version, u.install,
              'auto_all', true, {NOW}, {NOW}
            from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality u(id, version, install, n)""",
        rows, versions, installs, owners,
    )  # fmt: skip
    await connection.execute(
        f"""insert into events (id, workspace_id, type, subject_prefix, subject_id, data, created_at)
            select gen_random_uuid(), ($2::uuid[])[1 + n % 50], 'integration.updated', 'int', u.id, '{{}}', {NOW}
            from unnest($1::uuid[]) with ordinality u(id, n), generate_series(1, 2)""",
        rows, owners,
    )  # fmt: skip
    await connection.execute(
        f"""insert into entities (id, workspace_id, version_id, kind, slug, name, definition, refs, created_at,
              updated_at)
            select u.id, $2::uuid, u.id, 'function', u.id::text, 'Name', '{{}}', '{{}}', {NOW}, {NOW}
            from unnest($1::uuid[]) u(id)""",
        ids.new_ids(size // 3), owners[0],
    )  # fmt: skip
    await connection.execute("analyze")
    caller = Caller(ids.new_id(), "secret", ids.new_id(), {ids.Id(owners[0]): Tier.ADMIN})
    return Market(connection, caller, rows)


def _position(keys: Keys, row: Any) -> dict[Any, Any]:
    return dict(zip(POSITION, [row[f"_k{number}"] for number in range(len(keys))], strict=False))


async def _plans(market: Market, listing: ListEndpoint[Any], pairs: list[tuple[str, str]]) -> list[Any]:
    """Of the first page, and of the one after and the one before a row in the middle."""
    scope = Scope(market.caller)
    query = read_query(listing.resource, pairs, CATALOG)
    listed = prepare(
        query, scope, columns=sql(listing.projection.columns), joins=listing.joins(scope), caller="", watch=True
    )
    first = listed.statement(Head.COUNT, listed.keys, None)
    rows = await market.connection.fetch(first.text, *first.values({_LIMIT: 101}))
    assert rows[0]["_k0"] is not None, "the list is empty"
    given = tuple(True for _ in listed.keys)
    position = _position(listed.keys, rows[len(rows) // 2])
    asked = [
        listed.statement(Head.REUSE_OR_FAIL, listed.keys, None),
        listed.statement(Head.REUSE_OR_FAIL, listed.keys, given),
        listed.statement(Head.REUSE_OR_FAIL, backwards(listed.keys), given),
    ]
    values = {_LIMIT: 21, **position}
    return [await _explained(market.connection, page.text, page.values(values)) for page in asked]


async def _explained(connection: Any, text: str, values: list[Any]) -> Any:
    found = await connection.fetchval("explain (analyze, format json) " + text, *values)
    return msgspec.json.decode(found)[0]["Plan"]


def _nodes(plan: Any) -> list[Any]:
    return [plan, *[node for child in plan.get("Plans", []) for node in _nodes(child)]]


def _indexes(plan: Any) -> set[str]:
    return {node["Index Name"] for node in _nodes(plan) if "Index Name" in node}


def _read(plan: Any) -> int:
    """The rows that scans of tables read, also those that a filter then took away."""
    return sum(
        round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in _nodes(plan)
        if "Relation Name" in node
    )


LISTS: dict[str, tuple[ListEndpoint[Any], str, str | None]] = {
    "newest": (INTEGRATIONS, "", "integrations_pkey"),
    "of a publisher": (INTEGRATIONS, "publisher=p7", "integrations_by_publisher"),
    "by name": (INTEGRATIONS, 'orderBy=[{"name":"asc"}]', "integrations_by_name"),
    "by name, last first": (INTEGRATIONS, 'orderBy=[{"name":"desc"}]', "integrations_by_name"),
    "own drafts": (INTEGRATIONS, "workspace_id={own}&visibility=private", "integrations_of_workspace"),
    "versions of an integration": (VERSIONS, "", "integration_versions_pkey"),
    "installs": (INSTALLS, "", None),
    "installs of an integration": (INSTALLS, "integration_id={installed}", None),
    "entities": (ENTITIES, "", "entities_newest"),
    "events": (EVENTS, "", "events_newest"),
    "events of a subject": (EVENTS, "subject_id={own integration}", "events_of_subject"),
}


def _pairs(text: str, market: Market) -> list[tuple[str, str]]:
    (own,) = market.caller.workspaces()
    names = {
        "own": f"wsp_{own}",
        "installed": f"int_{market.integrations[10]}",
        "own integration": f"int_{market.integrations[49]}",
    }
    filled = re.sub(r"\{([a-z ]+)\}", lambda match: names[match[1]], text)
    return [(name, value) for name, _, value in (pair.partition("=") for pair in filled.split("&") if pair)]


async def test_a_page_uses_its_index_and_reads_no_more_than_a_page_wherever_it_lies(database_url: str):
    read: dict[str, list[int]] = {}
    unused: list[str] = []
    async with connected(database_url) as connection:
        await set_codecs(connection)
        market = await _grown(connection, await _owners(connection), SIZE)
        for name, (listing, parameters, index) in LISTS.items():
            plans = await _plans(market, listing, _pairs(parameters, market))
            read[name] = [_read(plan) for plan in plans]
            if index and any(index not in _indexes(plan) for plan in plans):
                unused.append(f"{name}: {[sorted(_indexes(plan)) for plan in plans]}")
    assert {name: rows for name, rows in read.items() if max(rows) > MOST_READ} == {}
    assert unused == []


async def test_a_publishers_rows_are_counted_from_the_index_alone(database_url: str):
    async with connected(database_url) as connection:
        await set_codecs(connection)
        market = await _grown(connection, await _owners(connection), SIZE)
        # whether it is the cheapest way depends on how much is visible to all, and so on other tests on this server
        for way in ("seqscan", "bitmapscan"):
            await connection.execute(f"set enable_{way} = off")
        scope = Scope(market.caller)
        query = read_query(INTEGRATIONS.resource, [("publisher", "p7"), ("visibility", "public")], CATALOG)
        listed = prepare(query, scope, columns=sql("t.id"), caller="")
        count = listed.counting.head(Head.COUNT).statement()
        plan = await _explained(connection, count.text, count.values({}))
        node = next(node for node in _nodes(plan) if node.get("Index Name") == "integrations_by_publisher")
        assert node["Node Type"] == "Index Only Scan"


async def test_a_search_in_names_uses_trigrams_where_the_server_has_them(database_url: str):
    async with connected(database_url) as connection:
        await set_codecs(connection)
        if not await connection.fetchval("select 1 from pg_available_extensions where name = 'pg_trgm'"):
            pytest.skip("this server has no pg_trgm")
        market = await _grown(connection, await _owners(connection), SIZE)
        # what was inserted last waits beside the index until then
        await connection.execute("vacuum integrations")
        scope = Scope(market.caller)
        listed = prepare(
            read_query(INTEGRATIONS.resource, [("name", "3FA9b")], CATALOG), scope, columns=sql("t.id"), caller=""
        )
        count = listed.counting.head(Head.COUNT).statement()
        assert "integrations_name_search" in _indexes(await _explained(connection, count.text, count.values({})))
