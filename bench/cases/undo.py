"""`undo`: of the upgrade from one Stripe document to the other, against the SQL that writes the same rows back."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import machine, replay, report
from bench.calls import Answer, Caller
from bench.database import Postgres
from bench.packages import Document, Package, from_documents, generated_versions, stripe_documents
from bench.replay import Rows
from bench.result import Log, Options, Result
from bench.rounds import time_ratio
from bench.statements import counting
from bench.writing import Scene, pair, scene
from graft.ids import Id

_LISTS = ("updated", "added", "removed", "skipped")


@dataclass(frozen=True, slots=True)
class _Model:
    """A workspace, all its rows before and after an undo, the reply to that, and the bytes of the images it wrote."""

    workspace_id: Id
    before: Rows
    after: Rows
    reply: dict[str, Any]
    image_bytes: int
    members: int


def run(server: Postgres, options: Options, log: Log) -> Result:
    documents = options.documents or stripe_documents()
    return asyncio.run(_run(server, documents, options, log))


async def _run(server: Postgres, documents: Sequence[Document], options: Options, log: Log) -> Result:
    async with scene(server) as running:
        author = await running.caller("admin")
        package = from_documents(author, *(document.symbolic for document in documents))
        model = await _model(running, package)
        times = await _pairs(running, package, model, options.rounds)
        log(f"{time_ratio(*times):.2f} × of SQL")
        small = await generated_versions(running.connection, author)
        statements = [await _statements(running, found) for found in (small, package)]
    metrics = {
        "vs_sql": time_ratio(*times),
        "statements": float(max(statements)),
        "bytes_per_member": model.image_bytes / model.members,
    }
    counts = ", ".join(f"{len(model.reply[name])} {name}" for name in _LISTS)
    text = (
        f"The upgrade of {documents[0].name} to {documents[1].name} undone: {counts}. The SQL is text made beforehand: one "
        f"UPDATE for what went and one for what changed, one INSERT for what is new, a table. Statements of a package of "
        f"three members: {statements[0]}.\n{machine.described(server.version)}\n\n"
        + report.table(
            ("", ""),
            [
                ("one undo over HTTP, ms", f"{statistics.median(times[0]):.1f}"),
                ("the same rows written back in SQL, ms", f"{statistics.median(times[1]):.1f}"),
                (f"images of the undo, of {model.members:,} members, bytes", f"{model.image_bytes:,}"),
            ],
        )
    )
    return Result(metrics, text)


def _undo(caller: Caller, install_id: str) -> Answer:
    return caller.call("POST", f"/api/integration-installs/{install_id}/undo")


def _upgraded(caller: Caller, package: Package) -> str:
    """An install in its second version."""
    install_id = package.install(caller, 0).json["id"]
    caller.call("POST", f"/api/integration-installs/{install_id}/upgrade")
    return install_id


async def _model(running: Scene, package: Package) -> _Model:
    caller = await running.caller()
    install_id = _upgraded(caller, package)
    before = await running.schema.snapshot(running.connection, caller.workspace_id)
    reply = _undo(caller, install_id).json
    after = await running.schema.snapshot(running.connection, caller.workspace_id)
    image_bytes = await running.connection.fetchval(
        "select pg_column_size(before) from operations where workspace_id = $1 and kind = 'undo'", caller.workspace_id
    )
    members = sum(row["deleted_at"] is None for row in before["install_members"].values())
    return _Model(caller.workspace_id, before, after, reply, image_bytes, members)


async def _pairs(running: Scene, package: Package, model: _Model, rounds: int) -> tuple[list[float], list[float]]:
    found: list[tuple[float, float]] = []
    for number in range(rounds):
        ours, theirs = await running.callers(2)
        install_id = _upgraded(ours, package)
        _upgraded(theirs, package)
        twin = await running.schema.snapshot(running.connection, theirs.workspace_id)
        fresh = replay.fresh_ids(model.after, model.workspace_id, theirs.workspace_id)
        renamed = fresh | replay.twin_ids(model.before, twin)
        statements = running.schema.changes(model.before, model.after, renamed)

        async def over_http(caller: Caller = ours, install_id: str = install_id) -> float:
            return _undo(caller, install_id).ms

        async def in_sql(statements: list[str] = statements) -> float:
            return await replay.run(running.connection, statements)

        found.append(await pair(number, over_http, in_sql))
    return [mine for mine, _ in found], [its for _, its in found]


async def _statements(running: Scene, package: Package) -> int:
    caller = await running.caller()
    install_id = _upgraded(caller, package)
    async with counting(running.dsn) as counter:
        return await counter.count(caller.token, "POST", f"/api/integration-installs/{install_id}/undo")
