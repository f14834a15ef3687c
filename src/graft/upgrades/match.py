"""Which row of an install is which member of a version: pure.

A declared member is its slug; one that is left over on both sides is its author's entity, so a member keeps its row
when its slug changes. A closure schema is its author's entity and nothing else, whatever slugs and numbers do.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from graft.ids import Id
from graft.installs.rows import InstalledMember
from graft.installs.selection import Choice
from graft.operations.slugs import home_slug
from graft.version_members import VersionMember


def source(member: VersionMember) -> Id:
    """The author's entity, whatever its slug in a version."""
    return member.source_entity_id


def same_member(one: VersionMember, other: VersionMember) -> bool:
    """Whether two versions have one entity in one role; their slugs are equal."""
    return (one.source_entity_id, one.kind, one.role) == (other.source_entity_id, other.kind, other.role)


def may_answer(row: InstalledMember, member: VersionMember) -> bool:
    """Whether what names the member may find this row: a clone is what its slug says, a reference is one entity."""
    return row.base.kind == member.kind and (row.clone or row.base.source_entity_id == member.source_entity_id)


def fits(row: InstalledMember, choice: Choice) -> bool:
    """Whether the row can become what is chosen and stay the same row."""
    return row.clone == choice.clone and may_answer(row, choice.member)


def is_member(row: InstalledMember, version: Mapping[str, VersionMember]) -> bool:
    """Whether the row is what a version has under its slug, not something else that stayed behind there."""
    member = version.get(row.slug)
    if member is None or not may_answer(row, member):
        return False
    return member.role == "member" or source(row.base) == source(member)


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


def behind(row: InstalledMember, member: VersionMember) -> bool:
    """Whether the member reads, or is called, otherwise than what the row was last given."""
    base = row.base
    return base.template_id != member.template_id or base.name != member.name or base.description != member.description


def match_rows(
    rows: Iterable[InstalledMember], installed: Mapping[str, VersionMember], target: Sequence[VersionMember]
) -> dict[str, InstalledMember]:
    """Slug of the target → the live row that is this member. Of two rows of one entity, the one that the installed
    version has, else the newer one: the other stayed behind.
    """

    def preference(row: InstalledMember) -> tuple[bool, Id]:
        member = installed.get(row.slug)
        return member is not None and source(member) == source(row.base), row.id

    found, rest = _as_before(rows, target)
    free = sorted(rest, key=preference)
    left = [member for member in target if member.slug not in found]
    for row_key, member_key in _PASSES:
        waiting: dict[object, list[InstalledMember]] = {}
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


def _as_before(
    rows: Iterable[InstalledMember], target: Sequence[VersionMember]
) -> tuple[dict[str, InstalledMember], list[InstalledMember]]:
    """What every rule pairs alike, in one pass: the one row of an entity that has its slug as before. And the rest."""
    live = list(rows)
    times = Counter([source(row.base) for row in live])
    by_slug = {member.slug: member for member in target}
    found: dict[str, InstalledMember] = {}
    rest: list[InstalledMember] = []
    for row in live:
        member, base = by_slug.get(row.slug), row.base
        alone = times[source(base)] == 1 and base.role == row.role
        if member is not None and alone and same_member(base, member):
            found[row.slug] = row
        else:
            rest.append(row)
    return found, rest


# What rows and members are paired by, one after the other; None: not by this.
_PASSES: Sequence[tuple[Callable[[InstalledMember], object], Callable[[VersionMember], object]]] = (
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
    rows = [
        InstalledMember(Id(str(member.base_id)), member.slug, clone=True, base=member)
        for member in installed
        if member.slug not in found
    ]
    rest = match_rows(rows, old, [member for member in target if member.slug not in found])
    return found | {slug: row.base for slug, row in rest.items()}


def match_removed(rows: Iterable[InstalledMember], choices: Collection[Choice]) -> dict[str, InstalledMember]:
    """Slug of a chosen member without a row → the row that it left behind in the same shape, of several the newest."""
    gone = list(rows)
    found: dict[str, InstalledMember] = {}
    for by_slug in (True, False):
        taken = {row.id for row in found.values()}
        waiting: dict[object, list[InstalledMember]] = {}
        for row in gone:
            if row.id not in taken and (not by_slug or row.role == "member"):
                waiting.setdefault(home_slug(row.slug) if by_slug else source(row.base), []).append(row)
        for choice in choices:
            member = choice.member
            if member.slug in found or (by_slug and member.role == "closure"):
                continue
            candidates = waiting.get(member.slug if by_slug else source(member), [])
            row = next((row for row in reversed(candidates) if fits(row, choice)), None)
            if row is not None:
                candidates.remove(row)
                found[member.slug] = row
    return found
