"""`filter`: the costliest filters that the limits allow, against hand-written SQL for the same page and total."""

import http.client
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench import hand, machine, report
from bench.calls import Caller, Refused
from bench.database import Postgres
from bench.hand import ByHand
from bench.marketplace import Marketplace
from bench.peers import FLOOR, PAGE
from bench.reading import filled
from bench.result import Log, Options, Result
from bench.rounds import time_ratio
from bench.servers import Server, ServerFailed, graft

_MOST_NODES = 190
_MOST_TEXT = 15_000
# What the hand's statement answers within this, Graft must not refuse.
_SECONDS = 5.0
_NAME_SUBSTRING = "a substring that no name has"

_HOPS = """
exists (select from installs n join integration_versions w on w.id = n.version_id join integrations z on z.id = n.integration_id
  where n.workspace_id = $1 and n.deleted_at is null and w.integration_id = t.id and z.publisher = $2)"""
_VERSION = "exists (select from integration_versions w where w.integration_id = t.id and w.version <> $2)"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of Graft, and the same by hand."""

    parameters: Mapping[str, Any]
    by_hand: ByHand


def questions(market: Marketplace, number: int) -> dict[str, Question]:
    """By what makes them costly; those of another number cost the same, but their totals are not known."""
    none = f"0.0.{number}"
    publisher = f"publisher-{number + 3}"
    hops = {"versions": {"some": {"installs": {"some": {"integration": {"publisher": publisher}}}}}}
    other_version = {"version": {"ne": none}}
    parts = [f"zz{number} {part}" for part in range(_MOST_NODES)]
    chosen = list(market.public_ids)[number : number + _MOST_TEXT // 45]
    keys = ["currentVersion", "trustTier", "name", "updatedAt", "publisher"]
    directions = ["asc_nulls_first", "desc", "asc", "desc", "asc"]
    return {
        "no filter": Question({}, ByHand()),
        _NAME_SUBSTRING: _filtered({"name": {"icontains": f"zzz{number}"}}, "t.name ilike $2", f"%zzz{number}%"),
        f"{_MOST_NODES} such substrings, any of them": _filtered(
            {"OR": [{"name": {"icontains": part}} for part in parts]},
            "t.name ilike any ($2)",
            [f"%{part}%" for part in parts],
        ),
        "a substring of some descriptions": _filtered(
            {"description": {"contains": f"{number}9."}}, "t.description like $2", f"%{number}9.%"
        ),
        "all but one publisher": _filtered({"publisher": {"ne": publisher}}, "t.publisher <> $2", publisher),
        f"all but {len(chosen)} ids": _filtered(
            {"id": {"notIn": chosen}}, "t.id <> all ($2)", [found.removeprefix("int_") for found in chosen]
        ),
        "any version at all": _filtered({"versions": {"some": other_version}}, _VERSION, none),
        "no version at all": _filtered({"versions": {"none": other_version}}, f"not {_VERSION}", none),
        "three hops": _filtered(hops, _HOPS, publisher),
        "three hops, not": _filtered({"NOT": hops}, f"not {_HOPS}", publisher),
        "an order that no index has, of five keys": Question(
            {"orderBy": [{key: direction} for key, direction in zip(keys, directions, strict=True)]},
            ByHand(
                order='current_precedence nulls first, trust_tier desc, name collate "C", updated_at desc, publisher, id'
            ),
        ),
    }


def _filtered(condition: Mapping[str, Any], by_hand: str, value: Any) -> Question:
    return Question({"filter": condition}, ByHand(by_hand, (value,)))


@dataclass(slots=True)
class _Way:
    """Milliseconds of one way by hand, by round; none where it was given up."""

    times: list[float] = field(default_factory=list[float])
    given_up: bool = False


@dataclass(slots=True)
class _Times:
    """Milliseconds of one question, by round, and by hand; `refused`: what Graft said of it."""

    ours: list[float] = field(default_factory=list[float])
    by_hand: tuple[_Way, _Way] = field(default_factory=lambda: (_Way(), _Way()))
    refused: str | None = None

    @property
    def best(self) -> Sequence[float]:
        """Of the faster way by hand; nothing where both were given up."""
        return min((way.times for way in self.by_hand if not way.given_up), key=statistics.median, default=())

    @property
    def ratio(self) -> float | None:
        return time_ratio(self.ours, self.best) if self.best and self.refused is None else None

    @property
    def wrongly_refused(self) -> bool:
        return self.refused is not None and bool(self.best) and statistics.median(self.best) < _SECONDS * 1000


def run(server: Postgres, options: Options, log: Log) -> Result:
    market = filled(server, options.rows, log)
    with graft(market.dsn) as running, FLOOR.start(market.dsn) as floor:
        times = _rounds(market, _caller(running, market), _caller(floor, market), options, log)

    ratios = [found.ratio for found in times.values() if found.ratio is not None]
    metrics = {
        "worst_vs_sql": max(ratios, default=None),
        "name_substring_ms": None if times[_NAME_SUBSTRING].refused else statistics.median(times[_NAME_SUBSTRING].ours),
        "refused": float(sum(found.wrongly_refused for found in times.values())),
    }
    text = (
        f"{options.rows:,} integrations, {PAGE} a page with the exact total, one request at a time over HTTP, in each "
        f"round with values whose total was never asked for. Without a filter there are no values: that total is known "
        f"after the first round. By hand: the faster one of two statements for the same page and total (bench/hand.py), "
        f"sent by the floor, which checks no token.\n{machine.described(server.version)}\n\n"
        + report.table(("", "ms, median", "ms, worst", "by hand, ms", "× of it"), map(_shown, times, times.values()))
    )
    return Result(metrics, text)


def _shown(name: str, times: _Times) -> tuple[str, ...]:
    by_hand = f"{statistics.median(times.best):.1f}" if times.best else "given up"
    if times.refused is not None or not times.ours:
        return name, f"refused: {times.refused}", "", by_hand, ""
    ratio = "" if times.ratio is None else f"{times.ratio:.2f}"
    return name, f"{statistics.median(times.ours):.1f}", f"{max(times.ours):.1f}", by_hand, ratio


def _caller(server: Server, market: Marketplace) -> Caller:
    return Caller(server.port, market.token, market.workspace_id)


def _rounds(market: Marketplace, caller: Caller, floor: Caller, options: Options, log: Log) -> dict[str, _Times]:
    times: dict[str, _Times] = {}
    for number in range(options.rounds):
        for name, question in questions(market, number).items():
            _round(caller, floor, question, times.setdefault(name, _Times()), number)
        log(f"round {number + 1} of {options.rounds}")
    return times


def _round(caller: Caller, floor: Caller, question: Question, times: _Times, number: int) -> None:
    """Both, one after the other; another one begins each round. What they find must be the same."""
    if number % 2:
        by_hand = _ask_by_hand(floor, question, times)
        ours = _ask(caller, question, times)
    else:
        ours = _ask(caller, question, times)
        by_hand = _ask_by_hand(floor, question, times)

    for found in by_hand:
        if ours is not None and (ours.ids, ours.total) != (found.ids, found.total):
            raise ServerFailed(f"{question.parameters} finds {ours}, by hand {found}")


def _ask(caller: Caller, question: Question, times: _Times) -> hand.Found | None:
    """None where it is refused."""
    given = {name: json.dumps(value) for name, value in question.parameters.items()} | {"limit": str(PAGE)}
    try:
        answer = caller.call("GET", f"/api/integrations?{urlencode(given)}")
    except Refused as error:
        if error.status >= http.client.INTERNAL_SERVER_ERROR:
            raise
        times.refused = _reason(error)
        return None

    times.ours.append(answer.ms)
    return hand.found_in(answer.json, answer.ms)


def _ask_by_hand(floor: Caller, question: Question, times: _Times) -> list[hand.Found]:
    """What each way finds, but for one that was given up."""
    found: list[hand.Found] = []
    for statement, way in zip(question.by_hand.statements, times.by_hand, strict=True):
        if way.given_up:
            continue
        answer = hand.ask(floor, statement, question.by_hand.values, 2 * _SECONDS)
        if answer is None:
            way.given_up = True
        else:
            way.times.append(answer.ms)
            found.append(answer)
    return found


def _reason(error: Refused) -> str:
    """What a refusal says in one word, and where."""
    problem = json.loads(error.content)
    found = [f"{each['code']} at {each['pointer']}" for each in problem.get("errors", [])]
    return ", ".join(found) or problem["code"]
