"""What an upgrade does to each member: pure, decided from what is there and what the version gives.

Three rules stand above all: what the workspace edited, detached or deleted by hand is left alone; so is what such a
clone names and the new version no longer has, because its references must keep resolving; and what the version does
not change is not touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graft.ids import Id
from graft.installs.models import MemberPolicy, Reason
from graft.installs.selection import Choice, roots, select
from graft.versions.models import VersionMember

CLOSURE_PREFIX = "schema:"


@dataclass(frozen=True, slots=True)
class Present:
    """A member row with what its clone or reference is now. `base`: the version member it was last given."""

    id: Id
    slug: str
    clone: bool
    kind: str
    base_id: int
    template_id: int
    base_name: str
    base_description: str | None
    source_entity_id: Id
    source_version_id: Id
    # slugs that the base's template names, and ids that a literal definition names
    slugs_named: Sequence[str]
    ids_named: Sequence[Id]
    literal: bool = False
    edited: bool = False
    detached: bool = False
    # removed by an upgrade: the row waits for its slug to come back
    gone: bool = False
    # deleted by hand: the clone is deleted, the member is not
    deleted_by_hand: bool = False

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

    @property
    def changes_nothing(self) -> bool:
        return not (
            self.rebase or self.repin or self.revive or self.rename or self.insert or self.remove or self.freeze
        )


def plan_upgrade(
    present: Sequence[Present],
    installed: Sequence[VersionMember],
    target: Sequence[VersionMember],
    policy: MemberPolicy,
) -> UpgradePlan:
    """From the rows of an install, the members of its version and those of the version that it moves to."""
    plan = UpgradePlan()
    old = {member.slug: member for member in installed}
    new = {member.slug: member for member in target}
    live = {row.slug: row for row in present if not row.gone}
    old = _rename_closure(plan, live, old, new)
    wanted: dict[str, Reason] = {slug: "kept" for slug in live if slug in new and new[slug].role == "member"}
    wanted |= {slug: why for slug, why in roots(target, policy, None).items() if slug not in old or why == "required"}
    chosen = select(target, wanted)
    kept = _kept(live, chosen)
    gone = [row for row in present if row.gone]
    for slug, choice in chosen.items():
        row = live.get(slug)
        if row is None:
            _add(plan, choice, gone)
        elif row.clone == choice.clone and row.kind == choice.member.kind:
            _bring_up(plan, slug, row, choice.member, changed=_changed(old.get(slug), choice.member))
        elif row.left_alone or row.id in kept:
            aside = f"{slug}~{row.kind}"
            while aside in live:
                aside += "~"
            _keep_other_shape(plan, row, choice, gone, aside, changed=_changed(old.get(slug), choice.member))
        else:
            _remove(plan, row)
            _add(plan, choice, gone)
    for slug, row in live.items():
        if slug not in chosen:
            _drop(plan, slug, row, stays=row.left_alone or row.id in kept, was_there=slug in old)
    for slugs in (plan.updated, plan.added, plan.removed, plan.skipped):
        slugs.sort()
    return plan


def _rename_closure(
    plan: UpgradePlan,
    live: dict[str, Present],
    old: Mapping[str, VersionMember],
    new: Mapping[str, VersionMember],
) -> dict[str, VersionMember]:
    """A closure schema that becomes a declared member, or back, keeps its row; returns `old` by the new slugs."""
    by_entity = {row.source_entity_id: row for slug, row in live.items() if slug not in new}
    renamed = dict(old)
    for slug, member in new.items():
        row = by_entity.get(member.source_entity_id)
        if row is None or slug in live or row.kind != member.kind:
            continue
        if member.role == "closure" or row.slug.startswith(CLOSURE_PREFIX):
            plan.rename.append((row, slug))
            live[slug] = live.pop(row.slug)
            if row.slug in renamed:
                renamed[slug] = renamed.pop(row.slug)
    return renamed


def _kept(live: Mapping[str, Present], chosen: Mapping[str, Choice]) -> set[Id]:
    """The clones that would go or change their shape, but that a clone which is left alone names."""

    def goes(slug: str, row: Present) -> bool:
        choice = chosen.get(slug)
        return choice is None or choice.clone != row.clone or choice.member.kind != row.kind

    candidates = [row for slug, row in live.items() if row.clone and not row.left_alone and goes(slug, row)]
    return kept_by([row for row in live.values() if row.left_alone], candidates, live.values())


def kept_by(own: Iterable[Present], candidates: Iterable[Present], present: Iterable[Present] | None = None) -> set[Id]:
    """The ids of the candidates that a clone of `own` names, directly or through other candidates.

    `present`: all rows that slugs in a template may mean; the candidates, where none are given.
    """
    waiting = {row.id: row for row in candidates}
    by_slug = {row.slug: row.id for row in (waiting.values() if present is None else present)}
    kept: set[Id] = set()
    pending = list(own)
    while pending:
        row = pending.pop()
        named = row.ids_named if row.literal else [by_slug[slug] for slug in row.slugs_named if slug in by_slug]
        for named_id in named:
            if named_id in waiting and named_id not in kept:
                kept.add(named_id)
                pending.append(waiting[named_id])
    return kept


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


def _bring_up(plan: UpgradePlan, slug: str, row: Present, member: VersionMember, *, changed: bool) -> None:
    """A row that the version still has in the same shape."""
    behind = (row.template_id, row.base_name, row.base_description) != (
        member.template_id,
        member.name,
        member.description,
    )
    if row.left_alone:
        if changed:
            plan.skipped.append(slug)
        if not row.literal and behind:
            plan.freeze.append(row)
    elif not row.clone:
        if behind or row.source_version_id != member.source_version_id:
            plan.repin.append((row, member))
            plan.updated.append(slug)
    elif behind or row.literal:
        plan.rebase.append((row, member))
        # written down unedited, and the version gives the same: it reads from the version again, nothing changes
        if behind or row.edited:
            plan.updated.append(slug)


def _keep_other_shape(
    plan: UpgradePlan, row: Present, choice: Choice, gone: list[Present], aside: str, *, changed: bool
) -> None:
    """The version wants another kind, or a reference for a clone, but the row has to stay."""
    slug = choice.member.slug
    if row.kind == choice.member.kind:
        # The clone goes on answering for its slug.
        if changed:
            plan.skipped.append(slug)
    else:
        # `~` cannot stand in an author's slug, so the row steps aside without a clash.
        plan.rename.append((row, aside))
        plan.skipped.append(slug)
        _add(plan, choice, gone)
    if not row.literal and row.clone:
        plan.freeze.append(row)


def _add(plan: UpgradePlan, choice: Choice, gone: list[Present]) -> None:
    """Revive the row that the slug left behind in the same shape, or make a new one."""
    member = choice.member
    plan.added.append(member.slug)
    for row in reversed(gone):
        if row.slug == member.slug and row.clone == choice.clone and row.kind == member.kind:
            plan.revive.append((row, member))
            if row.clone:
                plan.rebase.append((row, member))
            gone.remove(row)
            return
    plan.insert.append(choice)


def _drop(plan: UpgradePlan, slug: str, row: Present, *, stays: bool, was_there: bool) -> None:
    """A row that the version does not have any more, or that nothing chosen needs."""
    if not stays:
        _remove(plan, row)
        return
    if was_there:
        plan.skipped.append(slug)
    if row.clone and not row.literal:
        plan.freeze.append(row)


def _remove(plan: UpgradePlan, row: Present) -> None:
    """Under the slug that it has: a row that goes is not renamed first."""
    plan.rename = [move for move in plan.rename if move[0].id != row.id]
    plan.remove.append(row)
    plan.removed.append(row.slug)
