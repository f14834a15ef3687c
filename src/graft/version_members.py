"""A member of a published version inside the program, and the members of versions that a process has read.

What is published never changes, so they are read once.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from graft.ids import Id
from graft.lru import Lru
from graft.templates import Measure

Role = Literal["member", "closure"]

# In all versions together: some 15 MB, or 60 where descriptions are as long as they may be. A version that is larger
# than this by itself is read anew each time.
_MOST = 25_000


class VersionMember(msgspec.Struct, frozen=True, gc=False):
    """A member as published. `base_id` is its row, `refs` the slugs that its definition names."""

    base_id: int
    slug: str
    kind: str
    entity_slug: str
    name: str
    description: str | None
    role: Role
    template_id: int
    refs: Sequence[str]
    variables: Sequence[str]
    source_entity_id: Id
    source_version_id: Id
    required: bool
    default_enabled: bool
    fork_on_install: bool
    depends_on: Sequence[str]
    # of the template: see `measure`
    size: int | None = None
    variable_uses: Sequence[int] | None = None

    @property
    def measure(self) -> Measure | None:
        """How its template fills up; None where that was not stored yet."""
        if self.size is None or self.variable_uses is None:
            return None
        return Measure.stored(self.size, self.variables, self.variable_uses)


class VersionMembers:
    """The members of the versions that were used last."""

    def __init__(self, most: int = _MOST) -> None:
        self._known: Lru[Id, Sequence[VersionMember]] = Lru(most)

    def get(self, version_id: Id) -> Sequence[VersionMember] | None:
        return self._known.get(version_id)

    def keep(self, version_id: Id, members: Sequence[VersionMember]) -> None:
        # a version without members takes room, too; and some ten names take that of a member
        names = sum(len(member.refs) + len(member.variables) + len(member.depends_on) for member in members)
        self._known.keep(version_id, members, max(1, len(members) + names // 10))
