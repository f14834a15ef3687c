"""`list`: a page of 20 with its exact total, filtered by publisher and visibility, in a small and a large table."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from bench import machine, peers, plots
from bench.database import Postgres
from bench.marketplace import Marketplace
from bench.peers import DIRECTUS, DJANGO, FASTAPI, FLOOR, GRAFT, PAGE, POSTGRAPHILE, Peer
from bench.reading import filled, load_table
from bench.result import Log, Options, Result
from bench.rounds import Series, Subject, rate_ratio, under_load
from bench.servers import ServerFailed

_BASELINES = ("fastapi_orm", "django_rest", "postgraphile", "directus")


def run(server: Postgres, options: Options, log: Log) -> Result:
    sizes = (options.rows // 5, options.rows)
    chosen = [GRAFT, FLOOR, *([FASTAPI, DJANGO, POSTGRAPHILE, DIRECTUS] if options.peers else [])]
    with ExitStack() as stack:
        markets = [filled(server, rows, log) for rows in sizes]
        subjects = [subject for market in markets for subject in _subjects(stack, chosen, market, log)]
        for subject in subjects:
            _check(subject, next(market for market in markets if subject.name.endswith(_suffix(market))))
        series = under_load(subjects, server.pid, options, log)
    versions = machine.described(server.version, _BASELINES)
    metrics = {
        "vs_floor": _worst(series, FLOOR, markets),
        "vs_fastapi": _worst(series, FASTAPI, markets),
        "vs_drf": _worst(series, DJANGO, markets),
        "vs_postgraphile": _worst(series, POSTGRAPHILE, markets),
        "vs_directus": _worst(series, DIRECTUS, markets),
        "growth_1m": rate_ratio(*(series[_name(GRAFT, market)] for market in markets)),
    }
    tables = [
        load_table(
            {name: found for name, found in series.items() if name.endswith(_suffix(market))}, _name(GRAFT, market)
        )
        for market in markets
    ]
    text = (
        f"The public integrations of a publisher that has {markets[0].total:,} of them in the small table and {markets[-1].total:,} in "
        f"the large one, newest first, "
        f"{PAGE} a page, with the exact total (the floor: without). Each ratio is the lower one of the two tables.\n"
        f"{versions}\n\n" + "\n\n".join(tables)
    )
    return Result(metrics, text, options.client, {"list.svg": _plot(series, chosen, markets)})


def _name(peer: Peer, market: Marketplace) -> str:
    return peer.name + _suffix(market)


def _suffix(market: Marketplace) -> str:
    return f", {market.rows:,} rows"


def _subjects(stack: ExitStack, chosen: Sequence[Peer], market: Marketplace, log: Log) -> list[Subject]:
    return [
        Subject(_name(peer, market), running, peer.page(market))
        for peer, running in peers.running(stack, chosen, market.dsn, log)
        if peer.page is not None
    ]


def _check(subject: Subject, market: Marketplace) -> None:
    """Everybody answers the same question."""
    found, total = peers.page_of(peers.reply(subject))
    if found != min(PAGE, market.total) or total not in (None, market.total):
        raise ServerFailed(f"{subject.name} gives {found} rows of {total}, not {PAGE} of {market.total}.")


def _worst(series: Mapping[str, Series], peer: Peer, markets: Sequence[Marketplace]) -> float | None:
    """The lower one of the ratios in the two tables."""
    ratios = [
        rate_ratio(series[_name(GRAFT, market)], series[_name(peer, market)])
        for market in markets
        if _name(peer, market) in series
    ]
    return min(ratios, default=None)


def _plot(series: Mapping[str, Series], chosen: Sequence[Peer], markets: Sequence[Marketplace]) -> str:
    lines = {
        peer.name: [(market.rows, 1000 / series[_name(peer, market)].per_second) for market in markets]
        for peer in chosen
        if all(_name(peer, market) in series for market in markets)
    }
    return plots.lines("A page of 20 with its total", "rows in the table", "ms a request", lines)
