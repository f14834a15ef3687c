"""`neighbours`: what a small request and an author's change take while another tenant does its worst."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import machine, report, servers
from bench.calls import Caller
from bench.database import Postgres, connected
from bench.marketplace import make_workspaces
from bench.neighbour import Small, Watched, ask, watching
from bench.offences import BY_MANY, Ground, Offender, make_offender
from bench.offender import Offence, Order, Tally
from bench.packages import Package, generated_versions
from bench.reading import filled
from bench.result import Log, Options, Result
from bench.servers import ROOT, Server, ServerFailed, graft

_ROWS = 200_000
# Times the seconds of one measurement: each offence alone, and all together.
_ALONE = 3
_TOGETHER = 20
_TOGETHER_NAME = "all of one tenant"
_GRACE_SECONDS = 60
_CALM_MS = 200.0
_CALM_IN_A_ROW = 5
_CALM_SECONDS = 120.0
_LOCK = "behind a lock"


@dataclass(frozen=True, slots=True)
class _Phase:
    """Who offended, what the neighbour saw, and what came of the offences."""

    name: str
    watched: Watched
    tallies: Sequence[Tally]

    @property
    def errors(self) -> int:
        return len(self.watched.failures) + sum(tally.errors for tally in self.tallies)


def run(server: Postgres, options: Options, log: Log) -> Result:
    return asyncio.run(_run(server, options, log))


async def _run(server: Postgres, options: Options, log: Log) -> Result:
    rows = min(options.rows, _ROWS)
    market = await asyncio.to_thread(filled, server, rows, log)
    weight = min(1.0, options.seconds / Options().seconds)
    with graft(market.dsn) as running, tempfile.TemporaryDirectory() as folder:
        async with connected(market.dsn) as connection:
            author = await _author(running, connection)
            package = await generated_versions(connection, author)
            ground = Ground(running.port, market.dsn, connection, package, Path(folder), weight)
            offender = await make_offender(ground)
            offences = await offender.offences()
        stage = _Stage(running, _neighbour(author, package), offender, log)
        phases = await stage.play(offences, options.seconds)

    together = next(phase for phase in phases if phase.name == _TOGETHER_NAME)
    metrics = {
        "worst_ms": together.watched.worst,
        "peak_mb": together.watched.peak_mb,
        "server_errors": float(together.errors),
    }
    text = (
        f"{rows:,} integrations, one process. The neighbour reads a small integration of its own, and changes its name, one "
        f"request after the other on connections of their own. The offender's clients, each kind by a key of its own, do "
        f"their worst for {options.seconds * _ALONE:g} seconds each, then all together for {options.seconds * _TOGETHER:g} "
        f"(bench/offences.py): the metrics are those of the latter. Last, each of the 14 workspaces that upgrade comes with a "
        f"key of its own, as 14 more tenants would. Client, server and PostgreSQL share the cores. Memory is that of all "
        f"processes of the server. Failures: all that fails for the neighbour; errors: every 5xx but 503 that the "
        f"offender gets.\n{machine.described(server.version)}\n\n{_neighbours(phases)}\n\n{_offenders(phases)}"
    )
    return Result(metrics, text, rounds=1)


async def _author(running: Server, connection: object) -> Caller:
    made = await make_workspaces(connection, servers.secrets().tokens, "neighbour-", 1, "admin")
    return Caller(running.port, made[0][1], made[0][0])


def _neighbour(author: Caller, package: Package) -> list[Small]:
    path = f"/api/integrations/{package.integration}"
    return [
        Small("GET", author.token, "GET", path),
        Small("PATCH", author.token, "PATCH", path, {"name": "Still here"}, pause=0.1),
    ]


@dataclass(frozen=True, slots=True)
class _Stage:
    """The server, the neighbour at it, and who offends."""

    server: Server
    neighbour: list[Small]
    offender: Offender
    log: Log

    async def play(self, offences: Sequence[Offence], seconds: float) -> list[_Phase]:
        """Nobody, each alone, those of one tenant together; and what happens where others join it."""
        acts: list[tuple[str, Sequence[Offence], float]] = [("nobody", [], seconds * _ALONE)]
        acts += [(offence.name, [offence], seconds * _ALONE) for offence in offences]
        of_one = [offence for offence in offences if offence.name != BY_MANY]
        acts += [(_TOGETHER_NAME, of_one, seconds * _TOGETHER), ("and 14 keys", offences, seconds * _ALONE)]
        return [await self._phase(*act) for act in acts]

    async def _phase(self, name: str, offences: Sequence[Offence], seconds: float) -> _Phase:
        await self._calm()
        locks = any(offence.name == _LOCK for offence in offences)
        with watching(self.server, self.neighbour) as watched:
            # what the neighbour waits for at the end is no longer held by anybody
            async with self.offender.holding() if locks else _nothing():
                tallies = await asyncio.to_thread(_offend, Order(self.server.port, seconds, list(offences)))
        failed = f", failures {', '.join(sorted(set(watched.failures)))}" if watched.failures else ""
        self.log(f"{name}: worst {watched.worst:,.0f} ms, peak {watched.peak_mb:,.0f} MB{failed}")
        return _Phase(name, watched, tallies)

    async def _calm(self) -> None:
        """Wait until the server has done with what came before."""
        deadline = time.monotonic() + _CALM_SECONDS
        in_a_row = 0
        while in_a_row < _CALM_IN_A_ROW:
            began = time.monotonic()
            failure = await asyncio.to_thread(ask, self.server.port, self.neighbour[0])
            quick = failure is None and (time.monotonic() - began) * 1000 < _CALM_MS
            in_a_row = in_a_row + 1 if quick else 0
            if time.monotonic() > deadline:
                raise ServerFailed(f"Nobody asks, and the server is not calm after {_CALM_SECONDS:g} s: {failure}")
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _nothing() -> AsyncGenerator[None]:
    yield


def _offend(order: Order) -> Sequence[Tally]:
    """Let a process of its own carry it out; it ends by itself, and by us if it does not."""
    command = [sys.executable, "-m", "bench.offender"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            input=msgspec.json.encode(order),
            capture_output=True,
            check=False,
            timeout=order.seconds + _GRACE_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ServerFailed(f"the offender has not ended {_GRACE_SECONDS} seconds after its time") from error
    if done.returncode:
        raise ServerFailed(f"the offender: {done.returncode} {done.stderr.decode('utf-8', 'replace')[-2000:]}")
    return msgspec.json.decode(done.stdout, type=list[Tally])


def _neighbours(phases: Sequence[_Phase]) -> str:
    names = list(phases[0].watched.seen)
    head = [f"{name}, ms {what}" for name in names for what in ("median", "worst")]
    rows = [
        (
            phase.name,
            *(f"{value:,.0f}" for name in names for value in _of(phase, name)),
            f"{phase.watched.peak_mb:,.0f}",
            str(len(phase.watched.failures)),
        )
        for phase in phases
    ]
    return report.table(("who offends", *head, "peak MB", "failures"), rows)


def _of(phase: _Phase, name: str) -> tuple[float, float]:
    seen = phase.watched.seen[name]
    return seen.median, seen.worst


def _offenders(phases: Sequence[_Phase]) -> str:
    rows = [
        (
            f"{tally.name}, {'alone' if len(phase.tallies) == 1 else phase.name}",
            f"{sum(tally.statuses.values()) - tally.refusals - tally.errors:,}",
            f"{tally.refusals:,}",
            f"{tally.errors:,}",
            f"{tally.cut_off:,}",
            f"{tally.held:,}",
            f"{tally.slowest_ms:,.0f}",
        )
        for phase in phases
        for tally in phase.tallies
    ]
    return report.table(
        ("offender", "answered", "429 and 503", "other 5xx", "cut off", "open at the end", "slowest, ms"), rows
    )
