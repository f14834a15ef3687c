"""`plan`: a stored plan that merges 100 edited clones, and its first page of fields, against the upgrade it plans."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import machine, report
from bench.calls import Caller
from bench.database import Postgres
from bench.packages import Document, Package, from_documents, stripe_documents
from bench.result import Log, Options, Result
from bench.rounds import time_ratio
from bench.writing import Scene, pair, scene
from graft import jsontext
from graft.jsontext import Json
from graft.kinds.registry import load_kinds
from graft.merge import merge

_EDITED = 100
# Plans of one install that are stored to weigh them: pages that are not full yet do not count.
_WEIGHED = 100


@dataclass(frozen=True, slots=True)
class _Edited:
    """An install of the older version with edited clones; `texts`: of each its kind, base, text and target, as JSON."""

    path: str
    texts: Sequence[tuple[str, bytes, bytes, bytes]]
    members: int


def run(server: Postgres, options: Options, log: Log) -> Result:
    documents = options.documents or stripe_documents()
    return asyncio.run(_run(server, documents, options, log))


async def _run(server: Postgres, documents: Sequence[Document], options: Options, log: Log) -> Result:
    async with scene(server) as running:
        author = await running.caller("admin")
        package = from_documents(author, *(document.symbolic for document in documents))
        targets = _texts(newest := await running.caller(), package.install(newest).json["id"])
        found: list[tuple[float, float]] = []
        loops: list[float] = []
        for number in range(options.rounds):
            ours, theirs = await running.callers(2)
            planned, upgraded = _edited(ours, package, targets), _edited(theirs, package, targets)
            loops.append(_loop(planned))

            async def in_plan(caller: Caller = ours, path: str = planned.path) -> float:
                return _plan(caller, path)

            async def by_call(caller: Caller = theirs, path: str = upgraded.path) -> float:
                return caller.call("POST", path + "/upgrade").ms

            found.append(await pair(number, in_plan, by_call))
            log(f"plan {found[-1][0]:.0f} ms, upgrade {found[-1][1]:.0f} ms, merging alone {loops[-1]:.0f} ms")
        edited = _edited(weigher := await running.caller(), package, targets)
        size = await _bytes_per_member(running, weigher, edited)
    plans, upgrades = [mine for mine, _ in found], [its for _, its in found]
    both = [its + loop for its, loop in zip(upgrades, loops, strict=True)]
    metrics = {"vs_upgrade": time_ratio(plans, both), "bytes_per_member": size}
    text = (
        f"{documents[0].name} and {documents[1].name} as two versions of one integration, all {edited.members:,} members "
        f"cloned, {len(edited.texts)} of those that the newer one changes edited. A plan of the upgrade with the strategy "
        f"`merge`, and the first page of its fields, over HTTP, against the call that upgrades, and decoding and merging "
        f"the edited texts in a loop. Bytes are those by which the table of plans grows.\n"
        f"{machine.described(server.version)}\n\n"
        + report.table(
            ("", ""),
            [
                ("plan and first page of fields, ms", f"{statistics.median(plans):.1f}"),
                ("the upgrade, ms", f"{statistics.median(upgrades):.1f}"),
                ("decoding and merging in a loop, ms", f"{statistics.median(loops):.1f}"),
                ("bytes of a plan, for each member", f"{size:.1f}"),
            ],
        )
    )
    return Result(metrics, text)


def _plan(caller: Caller, path: str) -> float:
    """Milliseconds of both."""
    made = caller.call("POST", path + "/upgrade-plans", {"strategy": "merge"})
    return made.ms + caller.call("GET", f"/api/upgrade-plans/{made.json['id']}/fields").ms


def _texts(caller: Caller, install_id: str) -> dict[str, tuple[str, str, bytes]]:
    """Slug → (kind, id, text) of the clones of an install."""
    members = caller.call("GET", f"/api/integration-installs/{install_id}/members").json["members"]
    found: dict[str, tuple[str, str, bytes]] = {}
    for member in members:
        if member["isClone"] and member["kind"] == "function":
            content = caller.call("GET", f"/api/entities/{member['entityId']}").content
            text = jsontext.encode(jsontext.decode(content)["definition"])
            found[member["sourceMemberSlug"]] = (member["kind"], member["entityId"], text)
    return found


def _edited(caller: Caller, package: Package, targets: dict[str, tuple[str, str, bytes]]) -> _Edited:
    """Edit a place of each that the author did not touch, or did: half of them each."""
    install_id = package.install(caller, 0).json["id"]
    texts: list[tuple[str, bytes, bytes, bytes]] = []
    for slug, (kind, entity_id, base) in _texts(caller, install_id).items():
        target = targets.get(slug)
        if target is None or _plain(base) == _plain(target[2]) or len(texts) == _EDITED:
            continue
        tree: dict[str, Json] = jsontext.decode(base)
        changed = {**tree, "x-note": "ours"} if len(texts) % 2 else {**tree, "description": "Ours."}
        caller.call("PATCH", f"/api/entities/{entity_id}", {"definition": changed})
        texts.append((kind, base, jsontext.encode(changed), target[2]))
    return _Edited(f"/api/integration-installs/{install_id}", texts, package.members)


def _plain(text: bytes) -> Any:
    """Without ids, which differ from install to install."""
    return [part for part in text.split(b'"') if not part.startswith((b"sch_", b"fun_"))]


def _loop(edited: _Edited) -> float:
    """Milliseconds of decoding and merging the texts."""
    kinds = load_kinds().by_name
    start = time.perf_counter()
    for kind, *sides in edited.texts:
        base, current, target = map(jsontext.decode, sides)
        merge(base, current, target, kinds[kind].lists)
    return (time.perf_counter() - start) * 1000


async def _bytes_per_member(running: Scene, caller: Caller, edited: _Edited) -> float:
    before = await running.connection.fetchval("select pg_total_relation_size('upgrade_plans')")
    for _ in range(_WEIGHED):
        caller.call("POST", edited.path + "/upgrade-plans", {"strategy": "merge"})
    after = await running.connection.fetchval("select pg_total_relation_size('upgrade_plans')")
    return (after - before) / _WEIGHED / edited.members
