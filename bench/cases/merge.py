"""`merge`: edits of real definitions, merged with the next version of each, against the same edits made on that version.

The judge replays edits by their meaning (`bench/edits.py`) and knows nothing of the merge. Half of the edits are made
where the newer version changed something. A member is in false conflict if the judge finds none; a merge is wrong if it
is clean and reads otherwise than the judge's, or the judge finds a conflict.
"""

import copy
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench import machine, report
from bench.database import Postgres
from bench.edits import SETS, Clash, Edit, changed_places, draw, replay
from bench.packages import Document, stripe_documents
from bench.result import Log, Options, Result
from graft import jsontext
from graft.jsontext import Json
from graft.kinds.registry import load_kinds
from graft.merge import Lists, Merged, merge
from graft.openapi_import import Oddities, drafts_of, extract, read_document

# Their order means nothing, to the judge as to the kinds.
_UNORDERED = (*SETS, "parameters", "servers")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A member in two versions that differ."""

    kind: str
    name: str
    base: Json
    target: Json


@dataclass(slots=True)
class _Count:
    """Members by outcome; seconds of CPU of the merges alone; what was wrong, for whoever looks."""

    members: int = 0
    edits: int = 0
    clean: int = 0
    conflict: int = 0
    false: int = 0
    wrong: int = 0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list[str])
    false_at: Counter[str] = field(default_factory=Counter[str])


def run(server: Postgres, options: Options, log: Log) -> Result:
    older, newer = options.documents or stripe_documents()
    kinds = load_kinds()
    pairs = list(_pairs(older, newer))
    counts = {"anywhere": _Count(), "where the newer version changed": _Count()}
    for how, count in counts.items():
        _measure(pairs, {name: kind.lists for name, kind in kinds.by_name.items()}, options.merges // 2, count, how)
        log(f"{how}: {count.members} members, {count.false} in false conflict, {count.wrong} wrong")
        for example in count.examples:
            log(f"  wrong: {example}")
    total = sum(count.members for count in counts.values())
    metrics = {
        "false_conflicts_percent": 100 * sum(count.false for count in counts.values()) / max(1, total),
        "wrong_in_4000": 4_000 * sum(count.wrong for count in counts.values()) / max(1, total),
        "true_conflicts_percent": 100 * sum(count.conflict for count in counts.values()) / max(1, total),
        "ms_per_1000": 1e6 * sum(count.seconds for count in counts.values()) / max(1, total),
    }
    return Result(metrics, _told(older, newer, pairs, counts, server), rounds=1)


def _told(older: Document, newer: Document, pairs: list[_Pair], counts: Mapping[str, _Count], server: Postgres) -> str:
    rows = [
        (
            how,
            f"{one.members:,}",
            f"{one.edits:,}",
            f"{one.clean:,}",
            f"{one.conflict:,}",
            f"{one.false:,}",
            f"{one.wrong:,}",
        )
        for how, one in counts.items()
    ]
    places = sum((count.false_at for count in counts.values()), Counter[str]())
    worst = ", ".join(f"`{place}` ({number})" for place, number in places.most_common(4)) or "none"
    return (
        f"{older.name} and {newer.name}: {len(pairs):,} members differ. Edits are simulated, the changes of the newer "
        f"version are real. False conflicts stand in: {worst}.\n{machine.described(server.version)}\n\n"
        + report.table(
            ("edited", "members", "edits", "clean and right", "conflicts that are some", "false conflicts", "wrong"),
            rows,
        )
    )


def _pairs(older: Document, newer: Document) -> Iterator[_Pair]:
    """The members that both documents have, and differ in."""
    before, after = _members(older), _members(newer)
    for (kind, name), base in before.items():
        target = after.get((kind, name))
        if target is not None and jsontext.canonical(base) != jsontext.canonical(target):
            yield _Pair(kind, name, base, target)


def _members(document: Document) -> dict[tuple[str, str], Json]:
    """Definitions by kind and what names the same one in another document: the operationId or path, the component."""
    odd = Oddities()
    drafts = list(drafts_of(extract(read_document(document.content, odd=odd), odd=odd)))
    ids = {draft.component: f"sch_{draft.component}" for draft in drafts if draft.component is not None}
    found: dict[tuple[str, str], Json] = {}
    for draft in drafts:
        name = draft.component or (draft.operation and (draft.operation[0] or " ".join(draft.operation[1:]))) or ""
        found[draft.kind, name] = jsontext.decode(draft.with_ids(ids))
    return found


def _measure(pairs: list[_Pair], lists: Mapping[str, Lists], number: int, count: _Count, how: str) -> None:
    choice = random.Random(f"merge {how}")  # noqa: S311 - the same edits each time
    near = {id(pair): list(changed_places(pair.base, pair.target)) if how != "anywhere" else [] for pair in pairs}
    for turn in range(20 * number if pairs else 0):
        if count.members == number:
            return
        pair = pairs[turn % len(pairs)]
        edits = draw(pair.base, choice.choice((1, 3)), choice, near[id(pair)])
        current = copy.deepcopy(pair.base)
        try:
            for edit in edits:
                replay(edit, pair.base, current)
        except Clash:
            # two of them give one name
            continue
        if jsontext.canonical(current) != jsontext.canonical(pair.base):
            _judge(pair, edits, current, lists[pair.kind], count)


def _judge(pair: _Pair, edits: list[Edit], current: Json, lists: Lists, count: _Count) -> None:
    started = time.process_time()
    merged = merge(pair.base, current, pair.target, lists)
    count.seconds += time.process_time() - started
    count.members += 1
    count.edits += len(edits)

    expected: Any = copy.deepcopy(pair.target)
    sure = True
    try:
        for edit in edits:
            sure = replay(edit, pair.base, expected) and sure
    except Clash:
        expected = None
    _enter(pair, edits, merged, expected, sure, count)


def _enter(pair: _Pair, edits: list[Edit], merged: Merged, expected: Json, sure: bool, count: _Count) -> None:
    if merged.conflicts:
        is_right = expected is None or not sure
        count.conflict += is_right
        count.false += not is_right
        if not is_right:
            count.false_at.update(conflict.pointer.rsplit("/", 1)[-1] for conflict in merged.conflicts)
    elif expected is not None and _normal(expected) == _normal(merged.value):
        count.clean += 1
    else:
        count.wrong += 1
        count.examples.append(f"{pair.name}: {', '.join(f'{edit.kind} {edit.place}' for edit in edits)}")


def _normal(value: Json, name: str = "") -> bytes:
    """A text that does not depend on orders without meaning."""
    return jsontext.canonical(_sorted(value, name))


def _sorted(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(one, key) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    items = [_sorted(item, "") for item in value]
    return sorted(items, key=jsontext.canonical) if name in _UNORDERED else items
