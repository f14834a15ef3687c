"""The state before several operations, of their before-images: pure.

It is, for each row, its first image at or after the first of them, and the rows that came since go. Composing is as
putting back one after the other, the last one first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from graft.ids import Id
from graft.operations.before import Before, CloneImage, InstallEnd, InstallImage, MemberImage

Image = TypeVar("Image", CloneImage, MemberImage)
# Base and version of a clone's text.
Text = tuple[int | None, Id]


def compose(operations: Sequence[Before]) -> Before:
    """The state before the first of these; they are in the order in which they happened, all of one install."""
    state = _State()
    for before in reversed(operations):
        state.undo(before)
    return state.before()


@dataclass(slots=True)
class _State:
    """What is to be put back, so far."""

    install: InstallImage | None = None
    texts: dict[Id, Text] = field(default_factory=dict[Id, Text])
    clones: dict[Id, CloneImage] = field(default_factory=dict[Id, CloneImage])
    members: dict[Id, MemberImage] = field(default_factory=dict[Id, MemberImage])
    new: dict[Id, None] = field(default_factory=dict[Id, None])
    gone: dict[Id, None] = field(default_factory=dict[Id, None])
    went: datetime | None = None
    came: InstallEnd | None = None

    def undo(self, before: Before) -> None:
        """In the order of `put_back`: what an uninstallation took comes back first, and rows of their own last."""
        if before.went is not None:
            self._bring_back(before.went)
        for row_id in before.gone:
            self.gone[row_id] = None
            _revive(self.clones, row_id)
            _revive(self.members, row_id)
        for row_id in before.new:
            self.new[row_id] = None
            for images in (self.gone, self.texts, self.clones, self.members):
                images.pop(row_id, None)
        if before.came is not None:
            self._take_again(before.came)
        self.install = before.install or self.install
        self.texts |= {clone_id: (base_id, version_id) for clone_id, base_id, version_id in before.texts}
        self.clones |= {image.id: image for image in before.clones}
        self.members |= {image.id: image for image in before.members}

    def _bring_back(self, went: datetime) -> None:
        # what a reinstatement brought back, and an uninstallation before it took, is where it was
        if self.came is None:
            self.went = went
        self.came = None
        self.clones |= {image.id: back(image, went) for image in self.clones.values()}
        self.members |= {image.id: back(image, went) for image in self.members.values()}

    def _take_again(self, came: InstallEnd) -> None:
        self.came = came
        self.clones |= {image.id: taken(image, came, came.clones) for image in self.clones.values()}
        self.members |= {image.id: taken(image, came, came.members) for image in self.members.values()}

    def before(self) -> Before:
        return Before(
            install=self.install,
            texts=[(clone_id, base_id, version_id) for clone_id, (base_id, version_id) in self.texts.items()],
            clones=list(self.clones.values()),
            members=list(self.members.values()),
            new=list(self.new),
            gone=list(self.gone),
            went=self.went,
            came=self.came,
        )


def back(image: Image, went: datetime) -> Image:
    """The row after an uninstallation of that moment is undone."""
    return replace(image, deleted_at=None, deleted_by=None, retention_tier=None) if image.deleted_at == went else image


def revived(image: Image) -> Image:
    """The row after what an undo took out is there again."""
    return replace(
        image, deleted_at=None, deleted_by=None, retention_tier=None, pinned_variables_id=None, pinned_ids=None
    )


def _revive(images: dict[Id, Image], row_id: Id) -> None:
    if row_id in images:
        images[row_id] = revived(images[row_id])


def taken(image: Image, end: InstallEnd, stayed: Collection[Id]) -> Image:
    """The row after the install went at that moment."""
    if image.deleted_at is not None or image.id in stayed:
        return image
    return replace(image, deleted_at=end.at, deleted_by="uninstall", retention_tier=end.tier)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an install that operations change, by their ids."""

    members: Mapping[Id, MemberImage]
    clones: Mapping[Id, CloneImage]
    texts: Mapping[Id, Text]


def put_back_in(rows: Rows, before: Before, moment: datetime | None = None) -> Rows:
    """The rows after `before` is put back; those that it takes out are deleted at `moment`, or not there without."""
    members = _images(rows.members, before.members, before, before.came.members if before.came else (), moment)
    clones = _images(rows.clones, before.clones, before, before.came.clones if before.came else (), moment)
    texts = dict(rows.texts) | {clone_id: (base_id, version_id) for clone_id, base_id, version_id in before.texts}
    return Rows(members, clones, {clone_id: text for clone_id, text in texts.items() if clone_id in clones})


def _images(
    rows: Mapping[Id, Image],
    images: Iterable[Image],
    before: Before,
    stayed: Collection[Id],
    moment: datetime | None,
) -> dict[Id, Image]:
    found = dict(rows)
    if before.went is not None:
        found = {row_id: back(row, before.went) for row_id, row in found.items()}
    for row_id in before.gone:
        _revive(found, row_id)
    for row_id in before.new:
        row = found.get(row_id)
        if row is not None and moment is None:
            del found[row_id]
        elif row is not None and row.deleted_at is None:
            found[row_id] = replace(row, deleted_at=moment, deleted_by="undo")
    if before.came is not None:
        end, kept = before.came, frozenset(stayed)
        found = {row_id: taken(row, end, kept) for row_id, row in found.items()}
    return found | {image.id: image for image in images if image.id in found}
