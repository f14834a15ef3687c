"""`import`: a large OpenAPI document, first new and then unchanged, against parsing it and inserting the same rows."""

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from bench import machine, replay, report
from bench.calls import Caller
from bench.database import Postgres
from bench.packages import Document, import_path, stripe_documents
from bench.replay import Rows, next_xid, row_counts, written_since
from bench.result import Log, Options, Result
from bench.rounds import time_ratio
from bench.statements import counting
from bench.writing import Scene, pair, scene
from graft import jsontext
from graft.ids import Id

_SMALL = {
    "openapi": "3.0.0",
    "info": {"title": "Small", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}},
    "components": {"schemas": {"A": {"type": "object"}}},
}


@dataclass(slots=True)
class _Times:
    """Milliseconds by round."""

    new: list[float] = field(default_factory=list[float])
    sql: list[float] = field(default_factory=list[float])
    again: list[float] = field(default_factory=list[float])
    parse: list[float] = field(default_factory=list[float])
    parse_fast: list[float] = field(default_factory=list[float])


def run(server: Postgres, options: Options, log: Log) -> Result:
    _, document = options.documents or stripe_documents()
    return asyncio.run(_run(server, document, options, log))


async def _run(server: Postgres, document: Document, options: Options, log: Log) -> Result:
    async with scene(server) as running:
        model = await running.caller()
        _import(model, document.content)
        rows = await running.schema.snapshot(running.connection, model.workspace_id)
        times = _Times()
        for number in range(options.rounds):
            await _round(running, number, document.content, model.workspace_id, rows, times)
            log(f"round {number + 1}: {times.new[-1]:.0f} ms, in SQL {times.sql[-1]:.0f}, again {times.again[-1]:.0f}")
        written = await _written_again(running, model, document.content)
        statements = await _statements(running, document.content)
    found = sum(len(table) for table in rows.values())
    metrics = {
        "vs_sql": time_ratio(times.new, times.sql),
        "statements": float(statements[-1]),
        "again_rows_written": float(written),
    }
    shown = [
        ("new, over HTTP", times.new),
        ("parsing it and one INSERT a table", times.sql),
        ("again, over HTTP", times.again),
        ("parsing it with json", times.parse),
        ("parsing it with msgspec", times.parse_fast),
    ]
    text = (
        f"{document.name}, {len(document.content) / 1e6:.1f} MB: {found:,} rows, {len(rows['entities'])} entities with "
        f"their versions and events. Its statements: {statements[-1]}; of a document of one operation and one schema: "
        f"{statements[0]}. The SQL is text made beforehand, of the very same rows, in one transaction; it is parsed with "
        f"Python's json.\n{machine.described(server.version)}\n\n"
        + report.table(("", "ms, median"), [(name, f"{statistics.median(found):.1f}") for name, found in shown])
    )
    return Result(metrics, text)


def _import(caller: Caller, document: bytes) -> float:
    return caller.call("POST", import_path(caller.workspace), document).ms


async def _round(running: Scene, number: int, document: bytes, model: Id, rows: Rows, times: _Times) -> None:
    ours, theirs = await running.callers(2)
    statements = running.schema.inserts(rows, replay.fresh_ids(rows, model, theirs.workspace_id))

    async def over_http() -> float:
        return _import(ours, document)

    async def in_sql() -> float:
        parsed = _took(lambda: json.loads(document))
        times.parse.append(parsed)
        return parsed + await replay.run(running.connection, statements)

    new, sql = await pair(number, over_http, in_sql)
    times.new.append(new)
    times.sql.append(sql)
    times.again.append(_import(ours, document))
    times.parse_fast.append(_took(lambda: msgspec.json.decode(document)))


def _took(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


async def _written_again(running: Scene, caller: Caller, document: bytes) -> int:
    counts, xid = await row_counts(running.connection), await next_xid(running.connection)
    _import(caller, document)
    return await written_since(running.connection, xid + 1, counts)


async def _statements(running: Scene, document: bytes) -> list[int]:
    """Of the small document, and of the large one."""
    async with counting(running.dsn) as counter:
        found: list[int] = []
        for body in (jsontext.encode(_SMALL), document):
            caller = await running.caller()
            found.append(await counter.count(caller.token, "POST", import_path(caller.workspace), body))
        return found
