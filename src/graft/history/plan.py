"""What undoing takes, decided from the operations that it goes over and the rows that there are: pure.

The rows become what they were before the operation, but for what the workspace edited by hand since: such a text stays,
and so does what it names.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

from msgspec.structs import replace

from graft.history.alone import Alone, of_one
from graft.history.differences import done_to_members
from graft.history.planned import Outcome, UndoPlan, is_edited, is_there, lives, plain, rows_of
from graft.history.rework import Done, later_edits
from graft.ids import Id
from graft.installs.kept import kept_by
from graft.installs.rows import InstalledMember, InstalledRows, InstallRow
from graft.operations.before import Before, CloneImage, InstallEnd, MemberImage, install_image
from graft.operations.compose import Rows, compose, put_back_in, taken
from graft.operations.slugs import free_slug

# When what goes is deleted, for who only asks whether it is.
_NEVER = datetime.max.replace(tzinfo=UTC)


def plan_undo(
    operations: Sequence[Done],
    found: InstalledRows,
    install: InstallRow,
    merged: Mapping[Id, Sequence[Id]] | None = None,
    exact: Collection[Id] = (),
    alone: Alone | None = None,
) -> UndoPlan:
    """`operations`: the one that is undone and all after it.

    `merged`: edited clones that get a merged text, with what it names. `exact`: those that read as before after all.
    `alone`: the one member that goes back.
    """
    return _Planner(operations, found, install, merged or {}, exact, alone).plan()


class _Planner:
    """One plan in the making: the exact state before, then what has to stay of the present one."""

    def __init__(
        self,
        operations: Sequence[Done],
        found: InstalledRows,
        install: InstallRow,
        merged: Mapping[Id, Sequence[Id]],
        exact: Collection[Id],
        alone: Alone | None,
    ) -> None:
        self._found = found
        self._install = install
        self._merged = merged
        self._now = rows_of(found)
        self._before = compose([operation.before for operation in operations])
        self._by_id = {row.id: row for row in found.members}
        if alone is not None:
            self._before = of_one(self._before, alone, self._now, self._by_id, install)
        self._edits = {
            clone_id: rework
            for clone_id, rework in later_edits(operations).items()
            if clone_id not in exact
            and clone_id in found.clones
            and is_edited(found.clones[clone_id])
            and (alone is None or clone_id == alone.member_id)
        }
        # as it is once an uninstallation or an earlier undo is taken back
        self._there = put_back_in(self._now, Before(went=self._before.went, gone=self._before.gone))

    def plan(self) -> UndoPlan:
        staying = self._staying()
        target = self._target(staying)
        after = put_back_in(self._now, target, _NEVER)
        target = self._pruned(target)
        outs = [row_id for row_id in target.new if row_id in self._now.members]
        plan = UndoPlan(target, self._images(target))
        plan.reworked = {
            clone_id: rework for clone_id, rework in self._edits.items() if rework.merges and clone_id not in staying
        }
        plan.pins = self._pins(outs)
        self._tell(plan, staying, after)
        return plan

    # what stays of what was edited since

    def _staying(self) -> set[Id]:
        """The rows that would go, but that were edited since, or that what was edited names."""
        if not self._edits:
            return set()
        exact = put_back_in(self._now, self._before, _NEVER)
        live = [row for row in self._by_id.values() if lives(row.id, self._there)]
        going = [row for row in live if not lives(row.id, exact)]
        own = [
            replace(row, names=self._merged[row.id]) if row.id in self._merged else row
            for row in live
            if row.id in self._edits
        ]
        kept = {row.id for row in going if row.id in self._edits}
        return kept | kept_by(own, [row for row in going if row.id not in kept], live)

    def _target(self, staying: Collection[Id]) -> Before:
        before = self._before
        texts = [
            text
            for text in before.texts
            if (text[0] not in self._edits or text[0] in self._merged) and text[0] not in staying
        ]
        texts += [
            (clone_id, *rework.start.text)
            for clone_id, rework in self._edits.items()
            if rework.start is not None and not rework.merges and clone_id not in staying
        ]
        members = {image.id: self._member(image) for image in before.members if image.id not in staying}
        clones = {image.id: self._clone(image) for image in before.clones if image.id not in staying}
        target = replace(
            before,
            texts=texts,
            members=list(members.values()),
            clones=list(clones.values()),
            new=[row_id for row_id in before.new if row_id not in staying],
        )
        return self._set_aside(target, sorted(staying)) if staying else target

    def _member(self, image: MemberImage) -> MemberImage:
        """Of an edited clone: the row before, but that it is edited."""
        if image.id not in self._edits:
            return image
        present = self._found.images[image.id]
        return replace(image, detached_by=present.detached_by or "edit", handed_back=present.handed_back)

    def _clone(self, image: CloneImage) -> CloneImage:
        return replace(image, pinned_variables_id=None, pinned_ids=None) if image.id in self._edits else image

    def _set_aside(self, target: Before, staying: Sequence[Id]) -> Before:
        """What stays although it came since: it goes on reading as it does, under a slug that is free."""
        rows = [self._by_id[row_id] for row_id in staying]
        if target.came is not None:
            # with the install goes what goes with an uninstallation: not what was edited, and what that names
            clones = [*target.came.clones, *(row.id for row in rows if row.clone)]
            references = [*target.came.members, *(row.id for row in rows if not row.clone)]
            target = replace(target, came=replace(target.came, clones=clones, members=references))
        after = put_back_in(self._now, target, _NEVER)
        ends = None if target.came is None else target.came.at
        taken_slugs = {
            member.slug
            for row_id, member in after.members.items()
            if row_id not in staying and member.deleted_at in (None, ends)
        }

        members, images = list(target.members), list(target.clones)
        for row in rows:
            member = self._there.members[row.id]
            slug = free_slug(member.slug, row.base.kind, taken_slugs)
            taken_slugs.add(slug)
            member = replace(member, slug=slug)
            if target.came is not None:
                member = taken(member, target.came, target.came.members)
            if self._moves(target) and row.state == "following":
                pins = {"pinned_variables_id": self._install.variables_id, "pinned_ids": self._named_by(row)}
                if row.clone:
                    images.append(replace(self._there.clones[row.id], **pins))
                else:
                    member = replace(member, **pins)
            members.append(member)
        return replace(target, members=members, clones=images)

    def _moves(self, target: Before) -> bool:
        """Whether what follows the version reads otherwise afterwards."""
        image, install = target.install, self._install
        return image is not None and (image.version_id, image.variables_id) != (
            install.version_id,
            install.variables_id,
        )

    def _named_by(self, row: InstalledMember) -> dict[str, Id]:
        return {slug: self._ids[slug] for slug in row.base.refs if slug in self._ids}

    @cached_property
    def _ids(self) -> dict[str, Id]:
        """Slug → id, as texts name members before the undo."""
        members = self._there.members
        return {
            members[row_id].slug: row.entity_id
            for row_id, row in self._by_id.items()
            if members[row_id].deleted_at is None
        }

    def _pins(self, outs: Sequence[Id]) -> list[tuple[Id, Mapping[str, Id]]]:
        rows = [self._by_id[row_id] for row_id in outs if row_id in self._by_id]
        return [(row.id, self._named_by(row)) for row in rows if row.clone and row.state == "following"]

    # what is written, and the images of that

    def _pruned(self, target: Before) -> Before:
        """Without what is there already."""
        now = self._now
        there = put_back_in(now, replace(target, members=[], clones=[], texts=[], install=None), _NEVER)
        install = target.install
        return replace(
            target,
            install=None if install == install_image(self._install) else install,
            texts=[text for text in target.texts if text[0] in now.texts and now.texts[text[0]] != text[1:]],
            members=[image for image in target.members if there.members.get(image.id, image) != image],
            clones=[image for image in target.clones if image.pinned_ids or there.clones.get(image.id, image) != image],
            new=[row_id for row_id in target.new if is_there(row_id, self._there)],
            gone=[row_id for row_id in target.gone if not plain(row_id, now)],
        )

    def _images(self, target: Before) -> Before:
        now = self._now
        texts = [(clone_id, *now.texts[clone_id]) for clone_id, _, _ in target.texts]
        gone = [row_id for row_id in target.new if plain(row_id, now)]
        members = {image.id for image in target.members} | {*target.new} - {*gone} | {*target.gone}
        clones = {image.id for image in target.clones} | {*target.new} - {*gone} | {*target.gone}
        clones |= {clone_id for clone_id, _, _ in target.texts if now.clones[clone_id].pinned_ids is not None}
        came = None
        if target.went is not None:
            stayed = [row_id for row_id, clone in now.clones.items() if clone.deleted_at is None]
            kept = [row_id for row_id, member in now.members.items() if member.deleted_at is None]
            came = InstallEnd(target.went, self._install.retention_tier, stayed, kept)
        return Before(
            install=None if target.install is None else install_image(self._install),
            texts=texts,
            clones=[now.clones[row_id] for row_id in sorted(clones) if row_id in now.clones],
            members=[now.members[row_id] for row_id in sorted(members)],
            gone=gone,
            went=None if target.came is None else target.came.at,
            came=came,
        )

    # what is told

    def _tell(self, plan: UndoPlan, staying: Collection[Id], after: Rows) -> None:
        for row_id in staying:
            plan.told[row_id] = "skip", after.members[row_id].slug
        for row_id in plan.reworked:
            outcome: Outcome = "merge" if row_id in self._merged else "conflict"
            plan.told[row_id] = outcome, after.members[row_id].slug

        before = self._now
        if plan.target.went is None and plan.target.came is None:
            before, after = self._touched(plan, before), self._touched(plan, after)
        for row_id, did in done_to_members("undo", before, after).items():
            outcome = "remove" if "removed" in did else "add" if "restored" in did else "update"
            if row_id not in plan.told or outcome != "update":
                plan.told[row_id] = outcome, after.members[row_id].slug

    def _touched(self, plan: UndoPlan, rows: Rows) -> Rows:
        """Those of the rows that are written."""
        target = plan.target
        touched = {*target.new, *target.gone, *(text[0] for text in target.texts)}
        touched |= {image.id for image in (*target.clones, *target.members)}
        return Rows(
            {row_id: rows.members[row_id] for row_id in touched if row_id in rows.members},
            {row_id: rows.clones[row_id] for row_id in touched if row_id in rows.clones},
            rows.texts,
        )
