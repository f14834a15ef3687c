"""What an upgrade plan is made of, and what it says to write and to tell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from graft.ids import Id
from graft.installs.given import Given
from graft.installs.rows import InstalledMember
from graft.installs.selection import Choice
from graft.jsontext import Json
from graft.operations.before import DetachedBy
from graft.version_members import VersionMember


@dataclass(frozen=True, slots=True)
class Change:
    """From which version to which an install goes, and its values of variables before and after."""

    installed: Sequence[VersionMember]
    target: Sequence[VersionMember]
    policy: str
    values_before: Mapping[str, Json]
    values: Mapping[str, Json]
    # slugs of members that come in, whatever the policy says
    selected: Collection[str] = ()


class Merge(msgspec.Struct, frozen=True, gc=False):
    """What the merge of a clone's own text comes to. `names`: the ids that the result names.

    `clashes`: whether conflicts are left, so that the clone stays as it is; `changes`: whether its text changes.
    """

    names: Collection[Id]
    clashes: bool
    changes: bool


class MemberUpdate(msgspec.Struct, frozen=True, gc=False):
    """A member row that is there afterwards, with the columns that an upgrade writes."""

    row: InstalledMember
    slug: str
    base_id: int | None
    version_id: Id | None
    # what it reads of the version; None: it keeps its pins, or has these from now on
    member: VersionMember | None
    pinned: Mapping[str, Id] | None = None
    detached_by: DetachedBy | None = None
    handed_back: bool = False


class Told(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a member that does not stay as it is. `row`: what it was, None: a new one; `to`: its choice.

    `slug`: as it is afterwards; of a row that goes, or that the version has no more, as it was.
    """

    outcome: Literal["update", "merge", "conflict", "add", "remove", "skip"]
    slug: str
    row: InstalledMember | None
    to: Choice | None = None


@dataclass(slots=True)
class UpgradePlan:
    """What to write. What is told are the four lists of the reply, with more; the others say how."""

    told: list[Told] = field(default_factory=list[Told])
    # clones that read from the version again; revived ones among them
    rebase: list[Given] = field(default_factory=list[Given])
    insert: list[tuple[Choice, Given]] = field(default_factory=list[tuple[Choice, Given]])
    # rows that go, with the ids that their texts name from then on; None: a text of its own, or nobody reads it
    remove: list[tuple[InstalledMember, Mapping[str, Id] | None]] = field(
        default_factory=list[tuple[InstalledMember, Mapping[str, Id] | None]]
    )
    # clones that stay while the version moves on, and go on reading as they do
    pin: list[tuple[InstalledMember, Mapping[str, Id]]] = field(
        default_factory=list[tuple[InstalledMember, Mapping[str, Id]]]
    )
    members: list[MemberUpdate] = field(default_factory=list[MemberUpdate])
    # clones with an edit of their own that the version has in their shape: one that equals what it gives is attached
    edited: list[Given] = field(default_factory=list[Given])
    # attached clones of which places are held, so that their texts are merged with what the version gives
    held: list[Given] = field(default_factory=list[Given])
    # clones that get a merged text, on a new base
    merge: list[Given] = field(default_factory=list[Given])
    # slug of the target → what texts name it by afterwards
    ids: dict[str, Id] = field(default_factory=dict[str, Id])

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
        return self._slugs("skip", "conflict")

    def _slugs(self, *outcomes: str) -> list[str]:
        return sorted(told.slug for told in self.told if told.outcome in outcomes)

    @property
    def given(self) -> list[VersionMember]:
        """The members that rows are given anew."""
        rebased = [given.member for given in (*self.rebase, *(given for _, given in self.insert))]
        return rebased + [
            update.member for update in self.members if update.member is not None and not update.row.clone
        ]

    @property
    def changes_nothing(self) -> bool:
        return not (self.rebase or self.merge or self.insert or self.remove or self.pin or self.members)
