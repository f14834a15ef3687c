"""Which member of one version is which of another, and which row of an install is which member: pure.

A declared member is its slug; one that is left over on both sides is its author's entity, so a member keeps its row
when its slug changes. A closure schema is its author's entity and nothing else, whatever slugs and numbers do.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from graft.ids import Id
from graft.operations.slugs import home_slug
from graft.version_members import Role, VersionMember


class MemberRow(Protocol):
    """What may be a member of a version: the row of an install, of which `installs` knows more. `base`: what it was."""

    @property
    def id(self) -> Id: ...
    @property
    def slug(self) -> str: ...
    @property
    def clone(self) -> bool: ...
    @property
    def base(self) -> VersionMember: ...
    @property
    def role(self) -> Role: ...


Row = TypeVar("Row", bound=MemberRow)


@dataclass(frozen=True, slots=True)
class _OfVersion:
    """A member of a version as if an install had a clone of it."""

    base: VersionMember
    clone: bool = True

    @property
    def id(self) -> Id:
        return Id(str(self.base.base_id))

    @property
    def slug(self) -> str:
        return self.base.slug

    @property
    def role(self) -> Role:
        return self.base.role


def source(member: VersionMember) -> Id:
    """The author's entity, whatever its slug in a version."""
    return member.source_entity_id


def same_member(one: VersionMember, other: VersionMember) -> bool:
    """Whether two versions have one entity in one role; their slugs are equal."""
    return (one.source_entity_id, one.kind, one.role) == (other.source_entity_id, other.kind, other.role)


def may_answer(row: MemberRow, member: VersionMember) -> bool:
    """Whether what names the member may find this row: a clone is what its slug says, a reference is one entity."""
    return row.base.kind == member.kind and (row.clone or row.base.source_entity_id == member.source_entity_id)


def changed(old: VersionMember | None, new: VersionMember) -> bool:
    """Whether going from one version to the other changes the member."""
    if old is None:
        return True
    return (old.template_id, old.name, old.description, old.kind, old.fork_on_install) != (
        new.template_id,
        new.name,
        new.description,
        new.kind,
        new.fork_on_install,
    )


def match_rows(
    rows: Iterable[Row], installed: Mapping[str, VersionMember], target: Sequence[VersionMember]
) -> dict[str, Row]:
    """Slug of the target → the live row that is this member. Of two rows of one entity, the one that the installed
    version has, else the newer one: the other stayed behind.
    """

    def preference(row: Row) -> tuple[bool, Id]:
        member = installed.get(row.slug)
        return member is not None and source(member) == source(row.base), row.id

    found, rest = _as_before(rows, target)
    free = sorted(rest, key=preference)
    left = [member for member in target if member.slug not in found]
    for row_key, member_key in _PASSES:
        waiting: dict[object, list[Row]] = {}
        for row in free:
            key = row_key(row)
            if key is not None:
                waiting.setdefault(key, []).append(row)
        for member in left:
            candidates = waiting.get(member_key(member), ())
            row = next((row for row in reversed(candidates) if may_answer(row, member)), None)
            if row is not None:
                waiting[member_key(member)].remove(row)
                found[member.slug] = row
        taken = {row.id for row in found.values()}
        free = [row for row in free if row.id not in taken]
        left = [member for member in left if member.slug not in found]
    return found


def _as_before(rows: Iterable[Row], target: Sequence[VersionMember]) -> tuple[dict[str, Row], list[Row]]:
    """What every rule pairs alike, in one pass: the one row of an entity that has its slug as before. And the rest."""
    live = list(rows)
    times = Counter([source(row.base) for row in live])
    by_slug = {member.slug: member for member in target}
    found: dict[str, Row] = {}
    rest: list[Row] = []
    for row in live:
        member, base = by_slug.get(row.slug), row.base
        alone = times[source(base)] == 1 and base.role == row.role
        if member is not None and alone and same_member(base, member):
            found[row.slug] = row
        else:
            rest.append(row)
    return found, rest


# What rows and members are paired by, one after the other; None: not by this.
_PASSES: Sequence[tuple[Callable[[MemberRow], object], Callable[[VersionMember], object]]] = (
    # a reference is one entity: a workspace never has two of it
    (
        lambda row: None if row.clone else source(row.base),
        lambda member: source(member) if member.role == "member" and not member.fork_on_install else None,
    ),
    (
        lambda row: (row.slug, row.base.kind) if row.role == "member" else None,
        lambda member: (member.slug, member.kind) if member.role == "member" else None,
    ),
    # what stood aside comes home
    (
        lambda row: (home_slug(row.slug), row.base.kind) if row.role == "member" else None,
        lambda member: (member.slug, member.kind) if member.role == "member" else None,
    ),
    (
        lambda row: source(row.base) if row.role == "closure" else None,
        lambda member: source(member) if member.role == "closure" else None,
    ),
    (lambda row: source(row.base), source),
)


def match_members(installed: Sequence[VersionMember], target: Sequence[VersionMember]) -> dict[str, VersionMember]:
    """Slug of the target → the member of the installed version that it was, by the same rules."""
    old = {member.slug: member for member in installed}
    found = {
        member.slug: was for member in target if (was := old.get(member.slug)) is not None and same_member(was, member)
    }
    rows = [_OfVersion(member) for member in installed if member.slug not in found]
    rest = match_rows(rows, old, [member for member in target if member.slug not in found])
    return found | {slug: row.base for slug, row in rest.items()}
