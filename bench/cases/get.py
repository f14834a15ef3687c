"""`get`: one integration by its id, token checked, full reply."""

import http.client
from contextlib import ExitStack
from dataclasses import replace

from bench import machine, peers, plots
from bench.database import Postgres
from bench.peers import DJANGO, FASTAPI, FLOOR, FLOOR_CHECKED, GRAFT
from bench.reading import filled, load_table, ratio_to
from bench.result import Log, Options, Result
from bench.rounds import Subject, under_load
from bench.servers import ServerFailed

_ROWS = 200_000
_NOT_MODIFIED = "Graft, not modified"


def run(server: Postgres, options: Options, log: Log) -> Result:
    rows = min(options.rows, _ROWS)
    chosen = [GRAFT, FLOOR, FLOOR_CHECKED, *([FASTAPI, DJANGO] if options.peers else [])]
    with ExitStack() as stack:
        market = filled(server, rows, log)
        subjects = [
            Subject(peer.name, running, peer.get(market))
            for peer, running in peers.running(stack, chosen, market.dsn, log)
            if peer.get is not None
        ]
        replies = [peers.reply(subject) for subject in subjects]
        if replies[0] != replies[1]:
            raise ServerFailed("The floor's reply is another one than Graft's.")
        subjects += _not_modified(subjects[0])
        series = under_load(subjects, server.pid, options, log)
    versions = machine.described(server.version, ["fastapi_orm", "django_rest"])
    metrics = {
        "vs_floor": ratio_to(series, GRAFT.name, FLOOR.name),
        "not_modified_vs_floor": ratio_to(series, _NOT_MODIFIED, FLOOR.name) if _NOT_MODIFIED in series else None,
        "vs_fastapi": ratio_to(series, GRAFT.name, FASTAPI.name),
        "vs_drf": ratio_to(series, GRAFT.name, DJANGO.name),
    }
    text = (
        f"{rows:,} integrations; public ones of others by a workspace's key, {len(market.public_ids):,} ids in turn, "
        f"each with the documents of its current version. The floor checks nothing and replies with the same bytes.\n"
        f"{versions}\n\n{load_table(series, GRAFT.name)}"
    )
    shown = {name: found.per_second for name, found in series.items()}
    return Result(
        metrics, text, options.client, {"get.svg": plots.bars(f"GET by id, {rows:,} rows", "requests/s", shown)}
    )


def _not_modified(graft: Subject) -> list[Subject]:
    """One row asked for by whoever has it already; nothing while replies have no `ETag`."""
    tag = peers.header(graft, "ETag")
    if tag is None:
        return []
    headers = {**graft.requests.headers, "If-None-Match": tag}
    asked = replace(graft.requests, paths=graft.requests.paths[:1], headers=headers, status=http.client.NOT_MODIFIED)
    return [Subject(_NOT_MODIFIED, graft.server, asked)]
