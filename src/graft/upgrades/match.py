"""Which row of an install can be a member of a version, and which removed one comes back: pure."""

from collections.abc import Collection, Iterable, Mapping

from graft.installs.rows import InstalledMember
from graft.installs.selection import Choice
from graft.operations.slugs import home_slug
from graft.version_members import VersionMember
from graft.versions.match import may_answer, source


def fits(row: InstalledMember, choice: Choice) -> bool:
    """Whether the row can become what is chosen and stay the same row."""
    return row.clone == choice.clone and may_answer(row, choice.member)


def is_member(row: InstalledMember, version: Mapping[str, VersionMember]) -> bool:
    """Whether the row is what a version has under its slug, not something else that stayed behind there."""
    member = version.get(row.slug)
    if member is None or not may_answer(row, member):
        return False
    return member.role == "member" or source(row.base) == source(member)


def behind(row: InstalledMember, member: VersionMember) -> bool:
    """Whether the member reads, or is called, otherwise than what the row was last given."""
    base = row.base
    return base.template_id != member.template_id or base.name != member.name or base.description != member.description


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
