"""`upgrade`: from one Stripe document to the other, against the SQL that changes the same rows; many in a row."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import machine, replay, report
from bench.calls import Answer, Caller
from bench.database import Postgres
from bench.marketplace import settle
from bench.packages import Document, Package, from_documents, generated_versions, stripe_documents
from bench.replay import Rows, wal_position
from bench.result import Log, Options, Result
from bench.rounds import time_ratio
from bench.statements import counting
from bench.writing import Scene, pair, scene
from graft.ids import Id

_LISTS = ("updated", "added", "removed", "skipped")


@dataclass(frozen=True, slots=True)
class _InARow:
    """What came of upgrading many installs one after the other."""

    installs: int
    seconds: float
    wal_bytes: float

    @property
    def per_second(self) -> float:
        return self.installs / self.seconds


def run(server: Postgres, options: Options, log: Log) -> Result:
    documents = options.documents or stripe_documents()
    return asyncio.run(_run(server, documents, options, log))


async def _run(server: Postgres, documents: Sequence[Document], options: Options, log: Log) -> Result:
    async with scene(server) as running:
        author = await running.caller("admin")
        package = from_documents(author, *(document.symbolic for document in documents))
        model, before, after, reply = await _model(running, package)
        times = await _pairs(running, package, model, before, after, options.rounds)
        log(f"{time_ratio(*times):.2f} × of SQL")
        small = await generated_versions(running.connection, author)
        statements = [await _statements(running, found) for found in (small, package)]
        row = await _in_a_row(running, package, options.installs, log)
    metrics = {
        "vs_sql": time_ratio(*times),
        "statements": float(max(statements)),
        "installs_per_s": row.per_second,
    }
    counts = ", ".join(f"{len(reply[name])} {name}" for name in _LISTS)
    written = _written(before, after)
    text = (
        f"{documents[0].name} and {documents[1].name} as two versions of one integration, all members cloned: {counts}; the "
        f"upgrade writes {written:,} of the {sum(map(len, after.values())):,} rows of the workspace. The SQL is text made "
        f"beforehand: one UPDATE for what went and one for what changed, one INSERT for what is new, a table. Statements "
        f"of a package of three members: {statements[0]}.\n{machine.described(server.version)}\n\n"
        + report.table(
            ("", ""),
            [
                ("one upgrade over HTTP, ms", f"{statistics.median(times[0]):.1f}"),
                ("the same changes in SQL, ms", f"{statistics.median(times[1]):.1f}"),
                (f"{row.installs:,} upgrades in a row, seconds", f"{row.seconds:.1f}"),
                ("upgrades per second", f"{row.per_second:.1f}"),
                ("write-ahead log of each, kB", f"{row.wal_bytes / 1000:.0f}"),
            ],
        )
    )
    return Result(metrics, text)


def _upgrade(caller: Caller, install_id: str) -> Answer:
    return caller.call("POST", f"/api/integration-installs/{install_id}/upgrade")


async def _model(running: Scene, package: Package) -> tuple[Id, Rows, Rows, dict[str, list[str]]]:
    """A workspace, all its rows before and after an upgrade, and the reply to that."""
    caller = await running.caller()
    install_id = package.install(caller, 0).json["id"]
    before = await running.schema.snapshot(running.connection, caller.workspace_id)
    reply = _upgrade(caller, install_id).json
    after = await running.schema.snapshot(running.connection, caller.workspace_id)
    return caller.workspace_id, before, after, reply


async def _pairs(
    running: Scene, package: Package, model: Id, before: Rows, after: Rows, rounds: int
) -> tuple[list[float], list[float]]:
    found: list[tuple[float, float]] = []
    for number in range(rounds):
        ours, theirs = await running.callers(2)
        install_id = package.install(ours, 0).json["id"]
        package.install(theirs, 0)
        twin = await running.schema.snapshot(running.connection, theirs.workspace_id)
        renamed = replay.fresh_ids(after, model, theirs.workspace_id) | replay.twin_ids(before, twin)
        statements = running.schema.changes(before, after, renamed)

        async def over_http(caller: Caller = ours, install_id: str = install_id) -> float:
            return _upgrade(caller, install_id).ms

        async def in_sql(statements: list[str] = statements) -> float:
            return await replay.run(running.connection, statements)

        found.append(await pair(number, over_http, in_sql))
    return [mine for mine, _ in found], [its for _, its in found]


async def _in_a_row(running: Scene, package: Package, installs: int, log: Log) -> _InARow:
    callers = await running.callers(installs)
    log(f"installing in {installs:,} workspaces")
    install_ids = [package.install(caller, 0).json["id"] for caller in callers]
    await settle(running.connection)
    log("upgrading them one after the other")
    wal = await wal_position(running.connection)
    start = time.perf_counter()
    for caller, install_id in zip(callers, install_ids, strict=True):
        _upgrade(caller, install_id)
    took = time.perf_counter() - start
    return _InARow(installs, took, (await wal_position(running.connection) - wal) / installs)


async def _statements(running: Scene, package: Package) -> int:
    caller = await running.caller()
    install_id = package.install(caller, 0).json["id"]
    async with counting(running.dsn) as counter:
        return await counter.count(caller.token, "POST", f"/api/integration-installs/{install_id}/upgrade")


def _written(before: Rows, after: Rows) -> int:
    return sum(row != before[table].get(i) for table, rows in after.items() for i, row in rows.items())
