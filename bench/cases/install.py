"""`install`: the imported Stripe document, all members cloned, against the same rows in plain SQL; and other sizes."""

import asyncio
import statistics
from dataclasses import dataclass

from bench import machine, plots, replay, report
from bench.calls import Caller
from bench.database import Postgres
from bench.marketplace import settle
from bench.packages import Document, Package, from_documents, generated, stripe_documents
from bench.replay import table_bytes
from bench.result import Log, Options, Result
from bench.rounds import time_ratio
from bench.statements import counting
from bench.writing import Scene, pair, scene


@dataclass(frozen=True, slots=True)
class _Measured:
    members: int
    ours: list[float]
    sql: list[float]
    bytes_per_member: float
    statements: int

    @property
    def ratio(self) -> float:
        return time_ratio(self.ours, self.sql)


def run(server: Postgres, options: Options, log: Log) -> Result:
    _, document = options.documents or stripe_documents()
    return asyncio.run(_run(server, document, options, log))


async def _run(server: Postgres, document: Document, options: Options, log: Log) -> Result:
    async with scene(server) as running:
        author = await running.caller("admin")
        stripe = await _measured(running, from_documents(author, document.symbolic), options, log)
        sizes = [
            await _measured(running, await generated(running.connection, author, f"size-{size}", size), options, log)
            for size in options.sizes
        ]
    every = [stripe, *sizes]
    metrics = {
        "vs_sql": stripe.ratio,
        "statements": float(max(found.statements for found in every)),
        "bytes_per_member": stripe.bytes_per_member,
    }
    text = (
        f"{document.name} with two variables in each operation: {stripe.members} members and closure schemas, "
        f"all cloned; and generated packages, whose definitions have 2 kB each. The SQL is text made beforehand, one "
        f"INSERT a table of the very same rows, in one transaction. Bytes are those by which all tables and indexes "
        f"grow.\n{machine.described(server.version)}\n\n"
        + report.table(
            ("members", "install ms", "SQL ms", "× of SQL", "statements", "bytes/member"),
            [
                _shown(f"the document, {stripe.members:,}", stripe),
                *(_shown(f"{found.members:,}", found) for found in sizes),
            ],
        )
    )
    return Result(metrics, text, plots=_plots(sizes))


def _shown(name: str, found: _Measured) -> tuple[str, ...]:
    ours, sql = statistics.median(found.ours), statistics.median(found.sql)
    return (
        name,
        f"{ours:.1f}",
        f"{sql:.1f}",
        f"{found.ratio:.2f}",
        f"{found.statements}",
        f"{found.bytes_per_member:.0f}",
    )


def _plots(sizes: list[_Measured]) -> dict[str, str]:
    times = {
        "Graft": [(float(found.members), statistics.median(found.ours)) for found in sizes],
        "plain SQL": [(float(found.members), statistics.median(found.sql)) for found in sizes],
    }
    space = {"a member": [(float(found.members), found.bytes_per_member) for found in sizes]}
    return {
        "install.svg": plots.lines("Time of an install", "members", "ms", times),
        "install-bytes.svg": plots.lines("Bytes of an install", "members", "bytes a member", space),
    }


async def _measured(running: Scene, package: Package, options: Options, log: Log) -> _Measured:
    model = await running.caller()
    package.install(model)
    await settle(running.connection)
    rows = await running.schema.snapshot(running.connection, model.workspace_id)
    found: list[tuple[float, float]] = []
    for number in range(options.rounds):
        ours, theirs = await running.callers(2)
        statements = running.schema.inserts(rows, replay.fresh_ids(rows, model.workspace_id, theirs.workspace_id))

        async def over_http(caller: Caller = ours) -> float:
            return package.install(caller).ms

        async def in_sql(statements: list[str] = statements) -> float:
            return await replay.run(running.connection, statements)

        found.append(await pair(number, over_http, in_sql))
    size = await _bytes_per_member(running, package, len(rows["install_members"]), options.weighed)
    measured = _Measured(len(rows["install_members"]), [mine for mine, _ in found], [its for _, its in found], size, 0)
    log(f"{measured.members} members: {measured.ratio:.2f} × of SQL, {size:.0f} bytes a member")
    return _Measured(measured.members, measured.ours, measured.sql, size, await _statements(running, package))


async def _bytes_per_member(running: Scene, package: Package, members: int, weighed: int) -> float:
    installs = max(3, min(200, weighed // members))
    callers = await running.callers(installs)
    await settle(running.connection)
    before = await table_bytes(running.connection)
    for caller in callers:
        package.install(caller)
    return (await table_bytes(running.connection) - before) / (installs * members)


async def _statements(running: Scene, package: Package) -> int:
    caller = await running.caller()
    async with counting(running.dsn) as counter:
        return await counter.count(caller.token, "POST", package.path, package.body(caller.workspace))
