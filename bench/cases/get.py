"""`get`: one integration by its id, token checked, full reply."""

from contextlib import ExitStack

from bench import machine, peers, plots
from bench.database import postgres
from bench.peers import DJANGO, FASTAPI, FLOOR, FLOOR_CHECKED, GRAFT
from bench.reading import filled, load_table, ratio_to
from bench.result import Log, Options, Result
from bench.rounds import Subject, under_load
from bench.servers import ServerFailed

_ROWS = 200_000


def run(options: Options, log: Log) -> Result:
    rows = min(options.rows, _ROWS)
    chosen = [GRAFT, FLOOR, FLOOR_CHECKED, *([FASTAPI, DJANGO] if options.peers else [])]
    with postgres() as server, ExitStack() as stack:
        market = filled(server, rows, log)
        subjects = [
            Subject(peer.name, running, peer.get(market))
            for peer, running in peers.running(stack, chosen, market.dsn, log)
            if peer.get is not None
        ]
        replies = [peers.reply(subject) for subject in subjects]
        if replies[0] != replies[1]:
            raise ServerFailed("The floor's reply is another one than Graft's.")
        series = under_load(subjects, server.pid, options.rounds, options.seconds, log)
        versions = machine.described(server.version, ["fastapi_orm", "django_rest"])
    metrics = {
        "vs_floor": ratio_to(series, GRAFT.name, FLOOR.name),
        "vs_fastapi": ratio_to(series, GRAFT.name, FASTAPI.name),
        "vs_drf": ratio_to(series, GRAFT.name, DJANGO.name),
    }
    text = (
        f"{rows:,} integrations; public ones of others by a workspace's key, {len(market.public_ids):,} ids in turn, "
        f"each with the documents of its current version. The floor checks nothing and replies with the same bytes.\n"
        f"{versions}\n\n{load_table(series, GRAFT.name)}"
    )
    shown = {name: found.per_second for name, found in series.items()}
    return Result(metrics, text, {"get.svg": plots.bars(f"GET by id, {rows:,} rows", "requests/s", shown)})
