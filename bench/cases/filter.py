"""`filter`: the filters that cost most among those that the limits allow, each alone on a quiet server."""

import json
import statistics
from typing import Any
from urllib.parse import urlencode

from bench import machine, report
from bench.calls import Caller, Refused
from bench.cases.reading import filled
from bench.database import postgres
from bench.marketplace import Marketplace
from bench.outcome import Options, Outcome, Tell
from bench.peers import PAGE
from bench.servers import graft
from graft.ids import Id

_MOST_NODES = 190
_MOST_VALUES = 1_000
_MOST_TEXT = 15_000


def questions(market: Marketplace) -> dict[str, dict[str, Any]]:
    """Parameters by what makes them costly."""
    anywhere = {"some": {"version": {"ne": "0.0.0"}}}
    hops = {"versions": {"some": {"installs": {"some": {"integration": {"publisher": market.publisher}}}}}}
    chosen = list(market.public_ids)[: _MOST_TEXT // 45]
    return {
        "no filter": {},
        "a substring that no name has": {"filter": {"name": {"icontains": "zzzz"}}},
        f"{_MOST_NODES} such substrings, any of them": {
            "filter": {"OR": [{"name": {"icontains": f"zz{number}"}} for number in range(_MOST_NODES)]}
        },
        "a substring of the manifest's neighbour, the description": {"filter": {"description": {"contains": "9 9"}}},
        "all but one publisher": {"filter": {"publisher": {"ne": market.publisher}}},
        f"all but {len(chosen)} ids": {"filter": {"id": {"notIn": chosen}}},
        "any version at all": {"filter": {"versions": anywhere}},
        "no version at all": {"filter": {"versions": {"none": {"version": {"ne": "0.0.0"}}}}},
        "three hops": {"filter": hops},
        "three hops, not": {"filter": {"NOT": hops}},
        "an order that no index has, of five keys": {
            "orderBy": [
                {"currentVersion": "asc_nulls_first"},
                {"trustTier": "desc"},
                {"name": "asc"},
                {"updatedAt": "desc"},
                {"publisher": "asc"},
            ]
        },
    }


def run(options: Options, tell: Tell) -> Outcome:
    rows = options.rows
    with postgres() as server:
        market = filled(server, rows, tell)
        with graft(market.dsn) as running:
            caller = Caller(running.port, market.token, Id(""))
            times = {name: _times(caller, asked, options.rounds) for name, asked in questions(market).items()}
        versions = machine.described(server.version)
    answered = {name: statistics.median(found) for name, found in times.items() if isinstance(found, list)}
    shown = [
        (name, f"{answered[name]:.1f}" if name in answered else f"refused: {found}") for name, found in times.items()
    ]
    for name, what in shown:
        tell(f"{name}: {what}")
    filtered = [took for name, took in answered.items() if name != "no filter"]
    text = (
        f"{rows:,} integrations, {PAGE} a page with the exact total, one request at a time.\n{versions}\n\n"
        + report.table(("", "ms"), shown)
    )
    return Outcome({"worst_ms": max(filtered, default=None)}, text)


def _times(caller: Caller, asked: dict[str, Any], rounds: int) -> list[float] | str:
    """Milliseconds of each round, or the code with which the question is refused."""
    parameters = {name: json.dumps(value) for name, value in asked.items()} | {"limit": str(PAGE)}
    path = f"/api/integrations?{urlencode(parameters)}"
    try:
        return [caller.call("GET", path).ms for _ in range(rounds)]
    except Refused as error:
        problem = json.loads(error.content)
        return problem["code"] + "".join(
            f" {found['pointer']} {found['detail']}" for found in problem.get("errors", [])
        )
