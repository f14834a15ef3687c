"""Every benchmark runs, in a tiny form, from its database to its section of the report; no time is asserted."""

import asyncio
import fcntl
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.__main__ import case
from bench.database import APP_ROLE, Postgres, connected
from bench.packages import Document
from bench.result import Options, json_line
from bench.targets import TARGETS
from graft.db.migrate import migrate
from tests.support.database import Run

pytestmark = pytest.mark.slow

_TEMPLATE = "bench_template"
# what cannot be had without other programs, or is not built
_MISSING = {
    "get": {"not_modified_vs_floor", "vs_fastapi", "vs_drf"},
    "list": {"vs_fastapi", "vs_drf", "vs_postgraphile", "vs_directus"},
}


def _document(version: str, *operations: str) -> bytes:
    paths: dict[str, Any] = {
        f"/{name}": {
            "get": {
                "operationId": name,
                "responses": {
                    "200": {
                        "description": f"{name}, {version}",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    }
                },
            }
        }
        for name in operations
    }
    schemas = {"Thing": {"type": "object", "properties": {version: {"type": "string"}}}}
    info = {"title": "Tiny", "version": version}
    return json.dumps({"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}).encode()


TINY = Options(
    client="our own client",
    rows=400,
    rounds=1,
    seconds=0.1,
    installs=2,
    members=12,
    sizes=(3,),
    weighed=300,
    merges=40,
    documents=(
        Document("the older document", _document("1", "list", "find", "drop")),
        Document("the newer document", _document("2", "list", "find", "make")),
    ),
    peers=False,
)


@pytest.fixture(scope="session")
def server(server_url: str, run: Run) -> Iterator[Postgres]:
    """The run's server as one of benchmarks, with a database to clone."""
    if run.external is not None:
        pytest.skip("the benchmarks run on the embedded PostgreSQL 18, whose uuidv7() the generator needs")
    with (run.folder / "bench.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = asyncio.run(_prepared(server_url))
    yield found
    asyncio.run(_drop(found))


async def _prepared(dsn: str) -> Postgres:
    async with connected(dsn) as connection:
        pid = await connection.fetchval("select pg_read_file('postmaster.pid')")
        version = await connection.fetchval("show server_version")
        server = Postgres(dsn, int(pid.splitlines()[0]), version, template=_TEMPLATE)
        if not await connection.fetchval("select 1 from pg_database where datname = $1", _TEMPLATE):
            await connection.execute(f'create database "{_TEMPLATE}"')
            await migrate(server.at(_TEMPLATE), app_role=APP_ROLE)
    return server


async def _drop(server: Postgres) -> None:
    async with connected(server.dsn) as connection:
        for name in server.databases:
            await connection.execute(f'drop database if exists "{name}" with (force)')


@pytest.mark.parametrize("name", TARGETS)
def test_a_benchmark_runs_and_reports(name: str, server: Postgres, tmp_path: Path) -> None:
    log: list[str] = []
    result = case(name)(server, TINY, log.append)

    assert list(result.metrics) == list(TARGETS[name])
    measured = {metric: value for metric, value in result.metrics.items() if value is not None}
    assert result.metrics.keys() - measured.keys() == _MISSING.get(name, set())
    assert all(math.isfinite(value) for value in measured.values())

    path = tmp_path / "benchmarks.md"
    report.write(path, name, result, TINY)
    assert f"`{json_line(name, result.metrics)}`" in path.read_text()
    if result.client is not None:
        assert "Client: our own client." in path.read_text()
