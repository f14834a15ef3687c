"""`render`: clones as their workspace reads them, against the same rows with their bodies as they are stored."""

import asyncio
from contextlib import ExitStack
from urllib.parse import urlencode

from bench import machine, peers
from bench.calls import Caller
from bench.database import Postgres
from bench.load import Requests
from bench.marketplace import settle
from bench.packages import Document, entity_paths, from_documents, stripe_documents
from bench.peers import FLOOR
from bench.reading import load_table
from bench.result import Log, Options, Result
from bench.rounds import Subject, rate_ratio, under_load
from bench.servers import Server
from bench.writing import Scene, scene

_PAGE = 100


def run(server: Postgres, options: Options, log: Log) -> Result:
    _, document = options.documents or stripe_documents()
    return asyncio.run(_run(server, document, options, log))


async def _run(server: Postgres, document: Document, options: Options, log: Log) -> Result:
    with ExitStack() as stack:
        async with scene(server) as running:
            author = await running.caller("admin")
            package = from_documents(author, document.symbolic)
            installer = await running.caller()
            package.install(installer)
            await settle(running.connection)
            ((_, floor),) = peers.running(stack, [FLOOR], running.dsn, log)
            subjects = _subjects(running, floor, installer, author)
            series = under_load(subjects, server.pid, options, log)
    one, raw, own, page, raw_page, own_page = (series[subject.name] for subject in subjects)
    metrics = {"one_vs_raw": rate_ratio(raw, one), "page_vs_raw": rate_ratio(raw_page, page)}
    ratios = (rate_ratio(own, one), rate_ratio(own_page, page))
    text = (
        f"Clones of {document.name} with two variables in each operation, {_PAGE} of them in turn, and a page "
        f"of {_PAGE} with its total. Unrendered: bare Starlette and asyncpg on the same rows, which checks no token, "
        f"counts nothing and sends the template as it is stored. The author's own entities, read through Graft, show what "
        f"rendering alone costs: time {ratios[0]:.2f} × and {ratios[1]:.2f} ×.\n"
        f"{machine.described(server.version)}\n\n"
        f"{load_table({subject.name: series[subject.name] for subject in subjects[:3]}, subjects[0].name)}\n\n"
        f"{load_table({subject.name: series[subject.name] for subject in subjects[3:]}, subjects[3].name)}"
    )
    return Result(metrics, text, options.client)


def _subjects(running: Scene, floor: Server, installer: Caller, author: Caller) -> list[Subject]:
    """One clone, the same unrendered, one of the author's; and a page of each."""
    clones, own = entity_paths(installer, _PAGE), entity_paths(author, _PAGE)
    unrendered = [f"{path}?workspace_id={installer.workspace}" for path in clones]
    return [
        Subject("a clone", running.server, _as(installer, clones)),
        Subject("the unrendered row", floor, _as(installer, unrendered)),
        Subject("an entity of the author's", running.server, _as(author, own)),
        Subject(f"a page of {_PAGE} clones", running.server, _as(installer, [_page(installer)])),
        Subject(f"{_PAGE} unrendered rows", floor, _as(installer, [_page(installer)])),
        Subject(f"a page of {_PAGE} of the author's", running.server, _as(author, [_page(author)])),
    ]


def _as(caller: Caller, paths: list[str]) -> Requests:
    return Requests(paths, headers={"Authorization": f"Bearer {caller.token}"})


def _page(caller: Caller) -> str:
    return f"/api/entities?{urlencode({'workspace_id': caller.workspace, 'source': 'workspace', 'limit': _PAGE})}"
