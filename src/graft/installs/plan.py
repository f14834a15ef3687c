"""What an upgrade does to each member: pure, decided from what is there and what the version gives.

Three rules stand above all: what the workspace edited, detached or deleted by hand is left alone; so is what such a
clone names and the new version no longer has, because its references must keep resolving; and what the version does
not change is not touched.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from graft.ids import Id
from graft.installs.models import Reason
from graft.installs.selection import Choice, needed, roots, select
from graft.versions.models import VersionMember

T = TypeVar("T")

CLOSURE_PREFIX = "schema:"


class Present(msgspec.Struct, frozen=True, gc=False):
    """A member row with what its clone or reference is now. `base`: the version member it was last given."""

    id: Id
    slug: str
    clone: bool
    base: VersionMember
    # the ids that a literal definition names
    ids_named: Sequence[Id] = ()
    # the text is written down: a clone's own, or a reference's pinned ids
    literal: bool = False
    edited: bool = False
    detached: bool = False
    # removed by an upgrade: the row waits for its slug to come back
    gone: bool = False
    # deleted by hand: the clone is deleted, the member is not
    deleted_by_hand: bool = False

    @property
    def entity_id(self) -> Id:
        """What a text names it by: the clone itself, or the author's entity."""
        return self.id if self.clone else self.base.source_entity_id

    @property
    def left_alone(self) -> bool:
        return self.detached or self.deleted_by_hand


@dataclass(slots=True)
class UpgradePlan:
    """What to write. The four lists of the reply are slugs; the others say how."""

    updated: list[str] = field(default_factory=list[str])
    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])
    # clones that read from the version again, with their new base; revived ones among them
    rebase: list[tuple[Present, VersionMember]] = field(default_factory=list[tuple[Present, VersionMember]])
    # references whose pin moves
    repin: list[tuple[Present, VersionMember]] = field(default_factory=list[tuple[Present, VersionMember]])
    revive: list[tuple[Present, VersionMember]] = field(default_factory=list[tuple[Present, VersionMember]])
    rename: list[tuple[Present, str]] = field(default_factory=list[tuple[Present, str]])
    insert: list[Choice] = field(default_factory=list[Choice])
    remove: list[Present] = field(default_factory=list[Present])
    # unedited clones that stay while the version moves on: they are written down as they read now
    freeze: list[Present] = field(default_factory=list[Present])
    # references that stay while the version moves on, with slug → id of what they name
    pin: list[tuple[Present, Mapping[str, Id]]] = field(default_factory=list[tuple[Present, Mapping[str, Id]]])

    @property
    def changes_nothing(self) -> bool:
        moved = self.rebase or self.repin or self.revive or self.rename
        return not (moved or self.insert or self.remove or self.freeze or self.pin)


def plan_upgrade(
    present: Sequence[Present],
    installed: Sequence[VersionMember],
    target: Sequence[VersionMember],
    policy: str,
) -> UpgradePlan:
    """From the rows of an install, the members of its version and those of the version that it moves to."""
    rows = {row.slug: row for row in present if not row.gone}
    old = {member.slug: member for member in installed}
    # asked only of rows that stay, and none does where none is left alone
    needed_before = needed(old, _wanted(rows, old)) if any(row.left_alone for row in rows.values()) else {}
    met = _meet(rows, old, target, policy)
    plan = UpgradePlan(rename=[(rows[was], slug) for was, slug in met.renames.items()])
    gone = _gone(present)
    for slug, choice in met.chosen.items():
        row = met.live.get(slug)
        if row is None:
            _add(plan, choice, gone)
        elif _fits(row, choice):
            _bring_up(plan, slug, row, choice.member, met.old.get(slug))
        elif row.left_alone or row.id in met.kept:
            aside = f"{slug}~{row.base.kind}"
            while aside in met.live:
                aside += "~"
            _keep_other_shape(plan, row, choice, gone, aside, changed=_changed(met.old.get(slug), choice.member))
        else:
            _remove(plan, row)
            _add(plan, choice, gone)
    for slug, row in met.live.items():
        if slug not in met.chosen:
            _drop(plan, slug, row, stays=row.left_alone or row.id in met.kept, was_there=row.slug in needed_before)
    went = {row.id for row in plan.remove}
    # a row that goes is not renamed first
    plan.rename = [(row, slug) for row, slug in plan.rename if row.id not in went]
    plan.pin = [(row, _named_by(row, rows)) for row in plan.freeze if not row.clone]
    plan.freeze = [row for row in plan.freeze if row.clone]
    for slugs in (plan.updated, plan.added, plan.removed, plan.skipped):
        slugs.sort()
    return plan


def _gone(present: Sequence[Present]) -> dict[str, list[Present]]:
    """The rows that were removed, by the slug that they had, in the order of their ids."""
    gone: dict[str, list[Present]] = {}
    for row in present:
        if row.gone:
            gone.setdefault(row.slug, []).append(row)
    return gone


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Rows and members by the new version's slugs, what is chosen of it, and the ids of rows that have to stay."""

    live: Mapping[str, Present]
    old: Mapping[str, VersionMember]
    chosen: Mapping[str, Choice]
    kept: set[Id]
    renames: Mapping[str, str]


def _meet(
    rows: Mapping[str, Present], old: Mapping[str, VersionMember], target: Sequence[VersionMember], policy: str
) -> _Meeting:
    """Which row is which member of the target, and what the install takes of it."""
    new = {member.slug: member for member in target}
    asked = roots(target, policy, None)
    renames = _closure_renames(rows, old, new)
    live, known = _renamed(rows, renames), _renamed(old, renames)
    wanted = _wanted(live, new)
    wanted |= {slug: why for slug, why in asked.items() if slug not in known or why == "required"}
    chosen = select(target, wanted)
    return _Meeting(live, known, chosen, _kept(live, chosen), renames)


def _wanted(live: Mapping[str, Present], version: Mapping[str, VersionMember]) -> dict[str, Reason]:
    """The declared members of a version that the install has."""
    return {slug: "kept" for slug in live if slug in version and version[slug].role == "member"}


def _closure_renames(
    rows: Mapping[str, Present], old: Mapping[str, VersionMember], new: Mapping[str, VersionMember]
) -> dict[str, str]:
    """Old slug → new slug: a closure schema that becomes a declared member, or back, keeps its row.

    Of two rows of one entity, the one that the installed version has, else the newer one; the other stayed behind.
    """

    def installed(row: Present) -> bool:
        member = old.get(row.slug)
        return member is not None and _source(member) == _source(row.base)

    leaving = [row for slug, row in rows.items() if slug not in new or new[slug].kind != row.base.kind]
    # the last one counts
    by_entity = {_source(row.base): row for row in sorted(leaving, key=installed)}
    renames: dict[str, str] = {}
    for slug, member in new.items():
        row = by_entity.get(_source(member))
        if row and slug not in rows and (member.role == "closure" or row.slug.startswith(CLOSURE_PREFIX)):
            renames[row.slug] = slug
    return renames


def _source(member: VersionMember) -> tuple[Id, str]:
    """The author's entity, whatever its slug in a version."""
    return member.source_entity_id, member.kind


def _renamed(by_slug: Mapping[str, T], renames: Mapping[str, str]) -> dict[str, T]:
    return {renames.get(slug, slug): value for slug, value in by_slug.items()}


def _kept(live: Mapping[str, Present], chosen: Mapping[str, Choice]) -> set[Id]:
    """The rows that would go or change their shape, but that a clone which is left alone names."""

    def goes(slug: str, row: Present) -> bool:
        choice = chosen.get(slug)
        return choice is None or not _fits(row, choice)

    own = [row for row in live.values() if row.left_alone]
    if not own:
        return set()
    candidates = [row for slug, row in live.items() if not row.left_alone and goes(slug, row)]
    return kept_by(own, candidates, live.values())


def kept_by(
    own: Iterable[Present], candidates: Collection[Present], present: Iterable[Present] | None = None
) -> set[Id]:
    """The ids of the candidates that a clone of `own` names, directly or through other candidates.

    `present`: all rows that slugs in a template may mean; the candidates, where none are given.
    """
    waiting: dict[Id, list[Present]] = {}
    for row in candidates:
        waiting.setdefault(row.entity_id, []).append(row)
    by_slug = {row.slug: row.entity_id for row in (candidates if present is None else present)}
    kept: set[Id] = set()
    pending = list(own)
    while pending:
        row = pending.pop()
        named = row.ids_named if row.literal else [by_slug[slug] for slug in row.base.refs if slug in by_slug]
        for named_id in named:
            # an entity of the author may be seen under two slugs
            for found in waiting.pop(named_id, ()):
                kept.add(found.id)
                pending.append(found)
    return kept


def _may_answer(row: Present, member: VersionMember) -> bool:
    """Whether what names the member may find this row: a clone is whatever its slug is, a reference is one entity."""
    return row.base.kind == member.kind and (row.clone or row.base.source_entity_id == member.source_entity_id)


def _fits(row: Present, choice: Choice) -> bool:
    """Whether the row can become what is chosen and stay the same row."""
    return row.clone == choice.clone and _may_answer(row, choice.member)


def _changed(old: VersionMember | None, new: VersionMember | None) -> bool:
    """Whether going from one version to the other would have changed or removed the member."""
    if old is None or new is None:
        return old is not new
    return (old.template_id, old.name, old.description, old.kind, old.fork_on_install) != (
        new.template_id,
        new.name,
        new.description,
        new.kind,
        new.fork_on_install,
    )


def _bring_up(plan: UpgradePlan, slug: str, row: Present, member: VersionMember, old: VersionMember | None) -> None:
    """A row that the version still has in the same shape."""
    base = row.base
    behind = (base.template_id, base.name, base.description) != (member.template_id, member.name, member.description)
    if row.left_alone:
        if _changed(old, member):
            plan.skipped.append(slug)
        if behind:
            _write_down(plan, row)
    elif not row.clone:
        if behind or row.base.source_version_id != member.source_version_id:
            plan.updated.append(slug)
        if behind or row.literal or row.base.source_version_id != member.source_version_id:
            plan.repin.append((row, member))
    elif behind or row.literal:
        plan.rebase.append((row, member))
        # written down unedited, and the version gives the same: it reads from the version again, nothing changes
        if behind or row.edited:
            plan.updated.append(slug)


def _keep_other_shape(
    plan: UpgradePlan, row: Present, choice: Choice, gone: Mapping[str, list[Present]], aside: str, *, changed: bool
) -> None:
    """The version wants another kind, or a reference for a clone, but the row has to stay."""
    slug = choice.member.slug
    if _may_answer(row, choice.member):
        # The row goes on answering for its slug.
        if changed:
            plan.skipped.append(slug)
    else:
        # `~` cannot stand in an author's slug, so the row steps aside without a clash.
        plan.rename.append((row, aside))
        plan.skipped.append(slug)
        _add(plan, choice, gone)
    _write_down(plan, row)


def _add(plan: UpgradePlan, choice: Choice, gone: Mapping[str, list[Present]]) -> None:
    """Revive the row that the slug left behind in the same shape, or make a new one."""
    member = choice.member
    plan.added.append(member.slug)
    # the one that went last
    row = next((row for row in reversed(gone.get(member.slug, ())) if _fits(row, choice)), None)
    if row is None:
        plan.insert.append(choice)
        return
    plan.revive.append((row, member))
    if row.clone:
        plan.rebase.append((row, member))


def _drop(plan: UpgradePlan, slug: str, row: Present, *, stays: bool, was_there: bool) -> None:
    """A row that the version does not have any more, or that nothing chosen needs."""
    if not stays:
        _remove(plan, row)
        return
    if was_there:
        plan.skipped.append(slug)
    _write_down(plan, row)


def _remove(plan: UpgradePlan, row: Present) -> None:
    """Under the slug that it has."""
    plan.remove.append(row)
    plan.removed.append(row.slug)


def _write_down(plan: UpgradePlan, row: Present) -> None:
    """A row that stays while the version moves on goes on reading as it does."""
    if not row.literal:
        plan.freeze.append(row)


def _named_by(row: Present, rows: Mapping[str, Present]) -> dict[str, Id]:
    return {slug: rows[slug].entity_id for slug in row.base.refs if slug in rows}
