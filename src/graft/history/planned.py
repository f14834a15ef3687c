"""What an undo is made of: what it writes, what it tells, and what it asks of rows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from graft.history.rework import Rework
from graft.ids import Id
from graft.installs.rows import CloneRow, InstalledRows
from graft.operations.before import Before
from graft.operations.compose import Rows

Outcome = Literal["update", "merge", "conflict", "add", "remove", "skip"]


@dataclass(slots=True)
class UndoPlan:
    """What to write, and the images of the rows that this changes.

    reworked: edited clones whose text is to be merged, or to be left as it is where that fails
    pins: clones that go, with the ids that their texts name from then on
    told: what becomes of each member that does not stay as it is, with its slug afterwards
    """

    target: Before
    images: Before
    reworked: Mapping[Id, Rework] = field(default_factory=dict[Id, Rework])
    pins: list[tuple[Id, Mapping[str, Id]]] = field(default_factory=list[tuple[Id, Mapping[str, Id]]])
    told: dict[Id, tuple[Outcome, str]] = field(default_factory=dict[Id, tuple[Outcome, str]])

    @property
    def changes_nothing(self) -> bool:
        return self.target == Before()

    @property
    def updated(self) -> list[str]:
        return self._slugs("update", "merge")

    @property
    def added(self) -> list[str]:
        return self._slugs("add")

    @property
    def removed(self) -> list[str]:
        return self._slugs("remove")

    @property
    def skipped(self) -> list[str]:
        """Clones that were edited since where something is to be taken back, and what stays for their sake."""
        return self._slugs("skip", "conflict")

    def _slugs(self, *outcomes: Outcome) -> list[str]:
        return sorted(slug for outcome, slug in self.told.values() if outcome in outcomes)


def rows_of(found: InstalledRows) -> Rows:
    return Rows(
        found.images,
        {clone_id: clone.image for clone_id, clone in found.clones.items()},
        {clone_id: (clone.base_id, clone.version_id) for clone_id, clone in found.clones.items()},
    )


def is_edited(clone: CloneRow) -> bool:
    return clone.written and bool(clone.edited)


def lives(row_id: Id, rows: Rows) -> bool:
    """Whether there is something to read: a clone may outlive its member."""
    clone = rows.clones.get(row_id)
    return rows.members[row_id].deleted_at is None if clone is None else clone.deleted_at is None


def is_there(row_id: Id, rows: Rows) -> bool:
    """Whether the member or its clone is not deleted."""
    images = (rows.members.get(row_id), rows.clones.get(row_id))
    return any(image is not None and image.deleted_at is None for image in images)


def plain(row_id: Id, rows: Rows) -> bool:
    """Whether neither the member nor its clone is deleted or pinned."""
    images = (rows.members.get(row_id), rows.clones.get(row_id))
    return all(image is None or (image.deleted_at is None and image.pinned_ids is None) for image in images)
