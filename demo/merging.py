"""A second look at the upgrade: what was edited is merged with the new version, and all of it undone.

An edit that the new version does not touch merges by itself. Another one, at a place that the version changed, is a
conflict, which is decided. After undoing, each clone must read, byte for byte, as it did before.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import UNSET

from demo import calls, plans
from demo.calls import Party
from demo.output import Report
from graft import jsontext
from graft.jsontext import Json

OURS = "The workspace wrote this where the new version has something else."
# Texts that mean nothing to a program, so that any other is as good.
_PROSE = ("description", "summary", "title")


class Merged(NamedTuple):
    """What the line tells: members and conflicts, clones that were compared, and those that were the same."""

    members: int
    conflicts: int
    decided: int
    clones: int
    restored: int

    def line(self) -> str:
        counts = " ".join(f"{name}={number}" for name, number in self._asdict().items())
        return f"demo: merged and undone {counts}"


class _Clash(NamedTuple):
    """An edit at a place that the new version changes as well: the definition with it."""

    slug: str
    pointer: str
    definition: Json


def merge_and_undo(
    report: Report, party: Party, install_id: str, edited: Mapping[str, str]
) -> tuple[Merged, list[str]]:
    """`edited`: the clones that were edited, by slug. What is wrong comes with it."""
    with report.step("edit where the new version did") as step:
        draft = plans.plan(party, install_id)
        clash = next(_clashes(party, draft.id, edited), None)
        if clash:
            calls.define(party, edited[clash.slug], clash.definition)
        step.result = f"{clash.slug}: {clash.pointer}" if clash else "nothing of them could clash"
    before = _texts(party)

    with report.step("plan a merge") as step:
        plan = plans.plan(party, install_id)
        conflicts = plan.conflicts
        found = sum(map(len, conflicts.values()))
        step.result = f"{plan.summary['merge']} merge, {found} to decide"
    with report.step("decide and apply") as step:
        if conflicts:
            plan = plans.resolve(party, plan.id, _theirs(conflicts))
        left = sum(map(len, plan.conflicts.values()))
        plans.apply(party, plan.id)
        step.result = f"{plan.summary['merge']} merged, {left} left"
    problems = [*_problems(party, edited, clash, found, left)]

    with report.step("undo, and compare the bytes") as step:
        changed = _texts(party) != before
        if changed:
            plans.undo(party, install_id)
        after = _texts(party)
        restored = sum(after.get(entity_id) == text for entity_id, text in before.items())
        step.result = f"{restored} of {len(before)} clones as before"
    if after != before:
        problems.append(f"{len(before) - restored} clones do not read as before, {len(after)} are there")
    return Merged(plan.summary["merge"], found, found - left, len(before), restored), problems


def _theirs(conflicts: Mapping[str, list[str]]) -> dict[str, dict[str, Json]]:
    return {slug: dict.fromkeys(pointers, "theirs") for slug, pointers in conflicts.items()}


def _texts(party: Party) -> dict[str, bytes]:
    return {clone.id: bytes(clone.definition) for clone in calls.clones(party)}


def _clashes(party: Party, plan_id: str, edited: Mapping[str, str]) -> Iterator[_Clash]:
    """Edits that the merge cannot make without being told, prose first."""
    found: list[tuple[bool, _Clash]] = []
    for slug, entity_id in edited.items():
        text = calls.definition_of(party, entity_id)
        for field in plans.fields(party, plan_id, slug):
            if field.by != "theirs":
                continue
            definition = jsontext.decode(text)
            parts = jsontext.steps(field.pointer)
            if _clashed(definition, parts, field):
                found.append((parts[-1] not in _PROSE, _Clash(slug, field.pointer, definition)))
    yield from (clash for _, clash in sorted(found, key=lambda pair: pair[0]))


def _clashed(definition: Json, parts: list[str], field: plans.Field) -> bool:
    """Whether the field could be written over; then it is. Only what is reached by names of objects alone."""
    if not parts:
        return False
    *way, last = parts
    parent = definition
    for name in way:
        parent = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(parent, dict) or last == "$ref":
        return False

    old, new = (None if side is UNSET else jsontext.decode(bytes(side)) for side in (field.base, field.target))
    if isinstance(old, str | None) and isinstance(new, str) and last in _PROSE:
        parent[last] = OURS
    elif field.base is UNSET and isinstance(new, dict):
        parent[last] = {"description": OURS}
    elif field.target is UNSET and isinstance(old, dict):
        parent[last] = {**old, "x-note": OURS}
    else:
        return False
    return True


def _problems(party: Party, edited: Mapping[str, str], clash: _Clash | None, found: int, left: int) -> Iterator[str]:
    """Lines where the merge is not what the edits and the version say."""
    if clash and not found:
        yield f"the edit at {clash.pointer} of {clash.slug} is no conflict"
    if left:
        yield f"{left} conflicts are left, though all were decided"
    for slug, entity_id in edited.items():
        definition = jsontext.decode(calls.definition_of(party, entity_id))
        if not calls.is_marked(definition):
            yield f"the merge lost the edit of {slug}"
        if clash and clash.slug == slug and OURS in jsontext.encode(definition).decode():
            yield f"{slug} has not what was decided"
