"""The rows of an install as the program holds them."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from graft.ids import Id
from graft.operations.slugs import is_closure
from graft.version_members import Role, VersionMember

# What a member reads: what its version gives, the same with the variables and ids of an earlier moment, a text of its
# own, or such a text that was handed back, so that the next upgrade overwrites it.
State = Literal["following", "pinned", "written", "handed_back"]


class InstalledMember(msgspec.Struct, frozen=True, gc=False):
    """A member row with what its clone or reference is now. `base`: the version member it was last given."""

    id: Id
    slug: str
    clone: bool
    base: VersionMember
    state: State = "following"
    # the ids that its text names, where it does not follow its version
    names: Sequence[Id] = ()
    edited: bool = False
    detached_by: str | None = None
    # by an upgrade or an undo: the row waits for its member to come back
    removed: bool = False
    # by a person: the clone is deleted, the member is not
    deleted: bool = False
    # of its text; of a reference: where it is this install's alone
    version_id: Id | None = None

    @property
    def entity_id(self) -> Id:
        """What a text names it by: the clone itself, or the author's entity."""
        return self.id if self.clone else self.base.source_entity_id

    @property
    def role(self) -> Role:
        """What it was in the version that gave it its slug; of its base a version before may have said otherwise."""
        return "closure" if is_closure(self.slug) else "member"

    @property
    def preserved(self) -> bool:
        """Upgrades leave it alone."""
        return self.detached_by is not None or self.deleted
