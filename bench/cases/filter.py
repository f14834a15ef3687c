"""`filter`: the filters that cost most among those that the limits allow, each alone on a quiet server."""

import http.client
import json
import statistics
from typing import Any
from urllib.parse import urlencode

from bench import machine, report
from bench.calls import Caller, Refused
from bench.database import postgres
from bench.marketplace import Marketplace
from bench.peers import PAGE
from bench.reading import filled
from bench.result import Log, Options, Result
from bench.servers import graft
from graft.ids import Id

_MOST_NODES = 190
_MOST_TEXT = 15_000


def questions(market: Marketplace, number: int) -> dict[str, dict[str, Any]]:
    """Parameters by what makes them costly; those of another number cost the same, but their totals are not known."""
    none = f"0.0.{number}"
    hops = {"versions": {"some": {"installs": {"some": {"integration": {"publisher": f"publisher-{number + 3}"}}}}}}
    chosen = list(market.public_ids)[number : number + _MOST_TEXT // 45]
    return {
        "no filter": {},
        "a substring that no name has": {"filter": {"name": {"icontains": f"zzz{number}"}}},
        f"{_MOST_NODES} such substrings, any of them": {
            "filter": {"OR": [{"name": {"icontains": f"zz{number} {part}"}} for part in range(_MOST_NODES)]}
        },
        "a substring of some descriptions": {"filter": {"description": {"contains": f"{number}9."}}},
        "all but one publisher": {"filter": {"publisher": {"ne": f"publisher-{number + 3}"}}},
        f"all but {len(chosen)} ids": {"filter": {"id": {"notIn": chosen}}},
        "any version at all": {"filter": {"versions": {"some": {"version": {"ne": none}}}}},
        "no version at all": {"filter": {"versions": {"none": {"version": {"ne": none}}}}},
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


def run(options: Options, log: Log) -> Result:
    rows = options.rows
    times: dict[str, list[float]] = {}
    refused: dict[str, str] = {}
    with postgres() as server:
        market = filled(server, rows, log)
        with graft(market.dsn) as running:
            caller = Caller(running.port, market.token, Id(""))
            for number in range(options.rounds):
                for name, asked in questions(market, number).items():
                    try:
                        times.setdefault(name, []).append(_ask(caller, asked))
                    except Refused as error:
                        if error.status >= http.client.INTERNAL_SERVER_ERROR:
                            # given up for its time: as long as that it did take
                            times[name].append(error.ms)
                        else:
                            refused[name] = _reason(error)
                log(f"round {number + 1} of {options.rounds}")
    medians = {name: statistics.median(found) for name, found in times.items() if found and name not in refused}
    shown = [
        *((name, f"{median:.1f}", f"{max(times[name]):.1f}") for name, median in medians.items()),
        *((name, f"refused: {reason}", "") for name, reason in refused.items()),
    ]
    text = (
        f"{rows:,} integrations, {PAGE} a page with the exact total, one request at a time, and in each round with values "
        f"whose total was never asked for.\n{machine.described(server.version)}\n\n"
        + report.table(("", "ms, median", "ms, worst"), shown)
    )
    # while filters are not supported there is no worst one
    supported = "not-supported" not in refused.values()
    return Result({"worst_ms": max(medians.values()) if supported else None}, text)


def _ask(caller: Caller, asked: dict[str, Any]) -> float:
    parameters = {name: json.dumps(value) for name, value in asked.items()} | {"limit": str(PAGE)}
    return caller.call("GET", f"/api/integrations?{urlencode(parameters)}").ms


def _reason(error: Refused) -> str:
    """What a refusal says in one word, and where."""
    problem = json.loads(error.content)
    found = [f"{each['code']} at {each['pointer']}" for each in problem.get("errors", [])]
    return problem["code"] if problem["code"] == "not-supported" or not found else ", ".join(found)
