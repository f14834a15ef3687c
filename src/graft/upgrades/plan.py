"""What an upgrade does to each member: pure, decided from what is there and what the version gives.

Three rules stand above all: what the workspace edited, detached, deleted or restored by hand is left alone; so is what
such a clone names and the new version no longer has, because its references must keep resolving; and what the version
does not change is not touched.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec.structs import replace

from graft import jsontext
from graft.ids import Id
from graft.installs.given import Context, Given
from graft.installs.kept import kept_by
from graft.installs.models import Reason
from graft.installs.rows import InstalledMember
from graft.installs.selection import Choice, needed, roots, select
from graft.operations.slugs import free_slug
from graft.upgrades.match import behind, fits, is_member, match_removed
from graft.upgrades.planned import Change, MemberUpdate, Merge, Told, UpgradePlan
from graft.version_members import VersionMember
from graft.versions.match import changed, match_members, match_rows


def plan_upgrade(
    rows: Sequence[InstalledMember],
    change: Change,
    new_id: Callable[[str], Id],
    attach: Collection[Id] = (),
    merges: Mapping[Id, Merge] | None = None,
) -> UpgradePlan:
    """From the rows of an install and the version that it moves to.

    `new_id` gives the id of a slug's new row, the same each time. `attach`: rows whose edits the version gives as well.
    `merges`: rows whose own texts are merged with what it gives.
    """
    planner = Planner(rows, change, new_id)
    return planner.again(attach, merges) if attach or merges else planner.plan


class Planner:
    """One plan in the making: rows paired with members, then each row and each member decided.

    Edits are compared and merged with what a first plan gives; `again` decides with what came of that.
    """

    def __init__(self, rows: Sequence[InstalledMember], change: Change, new_id: Callable[[str], Id]) -> None:
        self._attach: Collection[Id] = ()
        self._merges: Mapping[Id, Merge] = {}
        self._rows = rows
        self._change = change
        self._new_id = new_id
        self._live = [row for row in rows if not row.removed]
        self._old = {member.slug: member for member in change.installed}
        self._ids_before = {row.slug: row.entity_id for row in self._live}
        self._moved_names = {name for name in {*change.values, *change.values_before} if self._moved(name)}
        self._paired = match_rows(self._live, self._old, change.target)
        self._was = match_members(change.installed, change.target)
        self._chosen = self._choose()
        self._fitting = {
            slug for slug, row in self._paired.items() if slug in self._chosen and fits(row, self._chosen[slug])
        }
        self.plan = self._planned(self._keep())

    def again(self, attach: Collection[Id], merges: Mapping[Id, Merge] | None = None) -> UpgradePlan:
        """The plan with edits attached and merged. Mostly nothing but what becomes of these rows is another."""
        self._attach, self._merges = attach, merges or {}
        kept = self._keep()
        if kept != self._kept:
            self.plan = self._planned(kept)
            return self.plan

        plan, again = self.plan, {*attach, *self._merges}
        plan.told = [told for told in plan.told if told.row is None or told.row.id not in again]
        plan.members = [update for update in plan.members if update.row.id not in again]
        plan.pin = [(row, named) for row, named in plan.pin if row.id not in again]
        plan.edited = [given for given in plan.edited if given.id not in again]
        plan.held = [given for given in plan.held if given.id not in again]
        for slug, row in self._staying.items():
            if row.id in again:
                self._stay(slug, row, self._chosen[slug])
        return plan

    def _planned(self, kept: set[Id]) -> UpgradePlan:
        self._kept = kept
        self._staying = self._stay_where_they_are()
        self._revived = match_removed(
            [row for row in self._rows if row.removed],
            [choice for slug, choice in self._chosen.items() if slug not in self._staying],
        )
        plan = self._plan = UpgradePlan()
        self._final: dict[Id, str] = {}
        rows = self._revived | self._staying
        shapes = {slug: rows[slug].clone if slug in rows else choice.clone for slug, choice in self._chosen.items()}
        for slug, choice in self._chosen.items():
            made = rows[slug].id if slug in rows else self._new_id(slug)
            plan.ids[slug] = made if shapes[slug] else choice.member.source_entity_id
        clones = {plan.ids[slug] for slug, clone in shapes.items() if clone}
        self._context = Context(self._change.values, plan.ids, clones)
        self._moved_slugs = {slug for slug, found in plan.ids.items() if self._ids_before.get(slug) != found}

        for slug, choice in self._chosen.items():
            row = self._staying.get(slug)
            if row is not None:
                self._stay(slug, row, choice)
            else:
                self._add(slug, choice)
        taken = {*self._chosen, *(row.slug for row in self._live)}
        there_before = self._there_before()
        for row in self._live:
            if row.id not in self._final:
                self._leave(row, taken, was_there=row.slug in there_before)
        return plan

    def _moved(self, name: str) -> bool:
        """Whether the text of a variable's value is another one: to Python, 1, 1.0 and true are equal."""
        before, after = (values.get(name) for values in (self._change.values_before, self._change.values))
        return jsontext.encode(before) != jsontext.encode(after)

    # what is chosen, and what has to stay

    def _choose(self) -> Mapping[str, Choice]:
        asked = roots(self._change.target, self._change.policy, None)
        roles = {member.slug: member.role for member in self._change.target}
        wanted: dict[str, Reason] = {slug: "kept" for slug in self._paired if roles[slug] == "member"}
        wanted |= {slug: why for slug, why in asked.items() if slug not in self._was or why == "required"}
        wanted |= {slug: "selected" for slug in self._change.selected if slug not in wanted}
        return select(self._change.target, wanted)

    def _there_before(self) -> Collection[str]:
        """Slugs of the rows that the installed version gives this install: asked only where a row is left alone."""
        if not any(self._preserved(row) for row in self._live):
            return ()
        members = [row.slug for row in self._live if is_member(row, self._old)]
        wanted: dict[str, Reason] = {slug: "kept" for slug in members if self._old[slug].role == "member"}
        return needed(self._old, wanted).keys() & members

    def _preserved(self, row: InstalledMember) -> bool:
        return (row.preserved or row.merges) and row.id not in self._attach

    def _keep(self) -> set[Id]:
        """The rows that would go or change their shape, but that a clone with a text of its own names and keeps."""
        own = [self._as_merged(row) for row in self._live if self._preserved(row)]
        if not own:
            return set()
        staying = {self._paired[slug].id for slug in self._fitting} | {row.id for row in own}
        return kept_by(own, [row for row in self._live if row.id not in staying], self._live)

    def _as_merged(self, row: InstalledMember) -> InstalledMember:
        """The row with what its text names from then on."""
        found = self._merges.get(row.id)
        return row if found is None or found.clashes else replace(row, names=found.names)

    def _stay_where_they_are(self) -> dict[str, InstalledMember]:
        """The rows that are members afterwards, in the shape that the version gives or in their own."""
        return {
            slug: row
            for slug, row in self._paired.items()
            if slug in self._chosen and (slug in self._fitting or self._preserved(row) or row.id in self._kept)
        }

    # what each row and each member becomes

    def _stay(self, slug: str, row: InstalledMember, choice: Choice) -> None:
        self._final[row.id] = slug
        if slug not in self._fitting:
            # another shape is wanted, but the row has to stay: it goes on answering for its slug
            self._mark(slug, row, choice)
            self._hold(row, slug, moves_on=True)
        elif self._preserved(row):
            self._leave_text(slug, row, choice)
        else:
            self._bring_up(slug, row, choice)

    def _mark(self, slug: str, row: InstalledMember, choice: Choice) -> None:
        """A row that is left alone is skipped where the version changes it; its new slug it takes."""
        if changed(self._was.get(slug), choice.member):
            self._plan.told.append(Told("skip", slug, row, choice))
        elif row.slug != slug:
            self._plan.told.append(Told("update", slug, row, choice))

    def _bring_up(self, slug: str, row: InstalledMember, choice: Choice) -> None:
        member = choice.member
        moved, otherwise = behind(row, member), self._reads_otherwise(row, member)
        repinned = not row.clone and row.base.source_version_id != member.source_version_id
        attached = row.id in self._attach
        if moved or otherwise or repinned or attached or row.slug != slug or (row.edited and row.state != "following"):
            self._plan.told.append(Told("update", slug, row, choice))
        if not (moved or otherwise or repinned or row.slug != slug or row.state != "following"):
            return
        given = self._context.give(row.id, row, member, clone=row.clone)
        if row.clone and (moved or otherwise or row.state != "following"):
            self._plan.rebase.append(given)
        if not row.clone or row.slug != slug or row.state == "handed_back" or attached:
            self._update(row, slug, given)

    def _leave_text(self, slug: str, row: InstalledMember, choice: Choice) -> None:
        """A clone that the version does not simply overwrite: it is left alone, or merged."""
        member, found = choice.member, self._merges.get(row.id)
        if row.merges:
            self._plan.held.append(self._context.give(row.id, row, member, clone=True))
        elif row.detached_by == "edit" and row.state == "written" and not row.deleted:
            self._plan.edited.append(self._context.give(row.id, row, member, clone=True))
        if found is None:
            self._mark(slug, row, choice)
            self._hold(row, slug, moves_on=behind(row, member) or self._reads_otherwise(row, member))
        else:
            self._merge(slug, row, choice, found)

    def _merge(self, slug: str, row: InstalledMember, choice: Choice, found: Merge) -> None:
        """A clone with a text of its own gets what the version changed; whether it is detached stays so.

        Where a conflict is left it stays as it is.
        """
        writes = not found.clashes and (found.changes or behind(row, choice.member))
        if found.clashes:
            self._plan.told.append(Told("conflict", slug, row, choice))
        elif writes:
            self._plan.told.append(Told("merge", slug, row, choice))
            self._plan.merge.append(self._context.give(row.id, row, choice.member, clone=True))
        elif row.slug != slug:
            self._plan.told.append(Told("update", slug, row, choice))
        handed_back = row.state == "handed_back"
        if row.slug != slug or (handed_back and not found.clashes):
            update = MemberUpdate(
                row, slug, None, None, None, None, row.detached_by, handed_back=handed_back and found.clashes
            )
            self._plan.members.append(update)

    def _add(self, slug: str, choice: Choice) -> None:
        """Revive the row that the member left behind in the same shape, or make a new one."""
        row = self._revived.get(slug)
        self._plan.told.append(Told("add", slug, row, choice))
        given = self._context.give(
            self._new_id(slug) if row is None else row.id, row, choice.member, clone=choice.clone
        )
        if row is None:
            self._plan.insert.append((choice, given))
            return
        self._update(row, slug, given)
        if row.clone:
            self._plan.rebase.append(given)

    def _leave(self, row: InstalledMember, taken: set[str], *, was_there: bool) -> None:
        """A row that is no member of the version any more, or that nothing chosen needs."""
        if not (self._preserved(row) or row.id in self._kept):
            self._plan.told.append(Told("remove", row.slug, row))
            follows = row.clone and row.state == "following"
            self._plan.remove.append((row, self._named_by(row) if follows else None))
            return
        slug = row.slug
        if slug in self._chosen:
            slug = free_slug(row.slug, row.base.kind, taken)
            taken.add(slug)
        if was_there or slug != row.slug:
            self._plan.told.append(Told("skip", row.slug, row))
        self._final[row.id] = slug
        self._hold(row, slug, moves_on=True)

    def _hold(self, row: InstalledMember, slug: str, *, moves_on: bool) -> None:
        """A row that stays; where the version moves on without it, it goes on reading as it does."""
        pins = moves_on and row.state == "following"
        if pins and row.clone:
            self._plan.pin.append((row, self._named_by(row)))
        if row.slug != slug or (pins and not row.clone):
            base_id, version_id = (None, None) if row.clone else (row.base.base_id, row.version_id)
            pinned = self._named_by(row) if pins and not row.clone else None
            handed_back = row.state == "handed_back"
            update = MemberUpdate(row, slug, base_id, version_id, None, pinned, row.detached_by, handed_back)
            self._plan.members.append(update)

    def _update(self, row: InstalledMember, slug: str, given: Given) -> None:
        """The member row of what follows the version from now on."""
        base_id, version_id = (None, None) if row.clone else (given.member.base_id, given.version_id)
        self._plan.members.append(MemberUpdate(row, slug, base_id, version_id, given.member))

    # what a row reads

    def _reads_otherwise(self, row: InstalledMember, member: VersionMember) -> bool:
        """Whether what a template of equal text reads has moved: by a variable, or by the id of a member."""
        if row.state == "pinned":
            return self._context.give(row.id, row, member, clone=row.clone).version_id != row.version_id
        if row.state != "following":
            return False
        return not (self._moved_names.isdisjoint(member.variables) and self._moved_slugs.isdisjoint(member.refs))

    def _named_by(self, row: InstalledMember) -> dict[str, Id]:
        return {slug: self._ids_before[slug] for slug in row.base.refs if slug in self._ids_before}
