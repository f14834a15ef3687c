"""`scale`: two processes of Graft on one database against one."""

import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bench import machine, report
from bench.database import Postgres
from bench.load import CONNECTIONS, Requests, send
from bench.peers import GRAFT
from bench.reading import filled
from bench.result import Log, Options, Result
from bench.servers import Server, graft

_ROWS = 200_000


def run(server: Postgres, options: Options, log: Log) -> Result:
    rows = min(options.rows, _ROWS)
    assert GRAFT.get is not None
    assert GRAFT.page is not None
    market = filled(server, rows, log)
    work = {"get": GRAFT.get(market), "list": GRAFT.page(market)}
    with graft(market.dsn) as one, graft(market.dsn) as other:
        rates = {name: _rates([one, other], asked, options, log) for name, asked in work.items()}
    ratios = {name: statistics.median(both / alone for alone, both in found) for name, found in rates.items()}
    shown = [
        (name, *(f"{statistics.median(column):,.0f}" for column in zip(*found, strict=True)), f"{ratios[name]:.2f}")
        for name, found in rates.items()
    ]
    text = (
        f"{rows:,} integrations; {CONNECTIONS} connections to one process, or half of them to each of two. Client, "
        f"processes and PostgreSQL share the cores, so more of them would bring more. The metric is that of `get`.\n"
        f"{machine.described(server.version)}\n\n"
        + report.table(("", "one, requests/s", "two, requests/s", "two, × of one"), shown)
    )
    return Result({"two_vs_one": ratios["get"]}, text, options.client)


def _rates(servers: Sequence[Server], asked: Requests, options: Options, log: Log) -> list[tuple[float, float]]:
    """Requests per second of the first server alone and of all together, by round."""
    found: list[tuple[float, float]] = []
    _together(servers, asked, options)
    for number in range(options.rounds):
        alone = send(options.client, servers[0], asked, options.seconds).per_second
        found.append((alone, _together(servers, asked, options)))
        log(f"round {number + 1} of {options.rounds}: {alone:.0f}/s, {found[-1][1]:.0f}/s")
    return found


def _together(servers: Sequence[Server], asked: Requests, options: Options) -> float:
    share = partial(
        send, options.client, requests=asked, seconds=options.seconds, connections=CONNECTIONS // len(servers)
    )
    with ThreadPoolExecutor(len(servers)) as pool:
        return sum(load.per_second for load in pool.map(share, servers))
