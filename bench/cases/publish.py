"""`publish`: a thousand members of which ten changed; it reports what is written again."""

import asyncio
import statistics

from bench import machine, report
from bench.database import Postgres
from bench.packages import entity_paths, generated
from bench.result import Log, Options, Result
from bench.writing import Scene, scene

_CHANGED = 10


def run(server: Postgres, options: Options, log: Log) -> Result:
    return asyncio.run(_run(server, options, log))


async def _run(server: Postgres, options: Options, log: Log) -> Result:
    async with scene(server) as running:
        author = await running.caller("admin")
        package = await generated(running.connection, author, "published", options.members)
        paths = entity_paths(author, _CHANGED)
        written: list[int] = []
        times: list[float] = []
        for number in range(options.rounds):
            for path in paths:
                author.call("PATCH", path, {"definition": {"round": number, "of": path}})
            before = await _definitions(running)
            version = {"version": f"1.{number + 1}.0"}
            times.append(author.call("POST", f"/api/integrations/{package.integration}/publish", version).ms)
            written.append(await _definitions(running) - before)
            log(f"round {number + 1}: {written[-1]} definitions, {times[-1]:.0f} ms")
    text = (
        f"{options.members:,} members, {_CHANGED} of them changed since the last version. Publishing takes "
        f"{statistics.median(times):.0f} ms.\n{machine.described(server.version)}\n\n"
        + report.table(("", "most of all rounds"), [("definitions written", f"{max(written)}")])
    )
    return Result({"definitions_written": float(max(written))}, text)


async def _definitions(running: Scene) -> int:
    return await running.connection.fetchval("select count(*) from templates")
