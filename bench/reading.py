"""What the benchmarks of reading share: a filled database, the servers on it, and the table of results."""

import asyncio
from collections.abc import Iterable, Mapping

from bench import report, servers
from bench.database import Postgres, make_database
from bench.marketplace import Marketplace, generate
from bench.result import Log
from bench.rounds import Series, rate_ratio


def filled(server: Postgres, rows: int, log: Log) -> Marketplace:
    """A database with so many integrations."""
    log(f"generating {rows:,} integrations")
    return asyncio.run(_filled(server, rows))


async def _filled(server: Postgres, rows: int) -> Marketplace:
    dsn = await make_database(server, f"market_{rows}")
    return await generate(dsn, rows, servers.secrets().tokens)


def load_table(series: Mapping[str, Series], ours: str) -> str:
    """A row for each subject; `ours` is compared with the others."""
    return report.table(
        (
            "",
            *("requests/s", "p50 ms", "p99 ms", "CPU µs/request", "PostgreSQL CPU µs/request", "memory MiB"),
            f"{ours}, × of it",
        ),
        [_row(name, found, series[ours]) for name, found in series.items()],
    )


def _row(name: str, found: Series, ours: Series) -> Iterable[str]:
    return [
        name,
        f"{found.per_second:,.0f}",
        f"{found.p50_ms:.2f}",
        f"{found.p99_ms:.2f}",
        f"{found.cpu:,.0f}",
        f"{found.database_cpu:,.0f}",
        f"{found.memory_mib:,.0f}",
        "" if found is ours else f"{rate_ratio(ours, found):.2f}",
    ]


def ratio_to(series: Mapping[str, Series], ours: str, other: str) -> float | None:
    """Our throughput, × of the other's; None where that one could not be had."""
    return rate_ratio(series[ours], series[other]) if other in series else None
