"""The members of a draft in the form of published ones, for whatever decides by what a version gives: pure."""

from collections.abc import Collection, Mapping, Sequence

from graft.version_members import VersionMember
from graft.versions.rows import ComposedMember


def as_published(
    members: Sequence[ComposedMember], template_ids: Mapping[bytes, int], sound: Collection[str] | None = None
) -> list[VersionMember]:
    """Published members with numbers below zero, which no row has.

    `template_ids`: of those templates that are stored, by digest; each other text has a number of its own. `sound`:
    where a draft has broken members, the slugs of those that are there: what else is named is left out.
    """
    ids = dict(template_ids)
    for member in members:
        ids.setdefault(member.template.digest, -1 - len(ids))
    return [_published(-1 - at, ids[member.template.digest], member, sound) for at, member in enumerate(members)]


def _published(base_id: int, template_id: int, member: ComposedMember, sound: Collection[str] | None) -> VersionMember:
    refs, depends_on = member.template.refs, tuple(dict.fromkeys(member.depends_on))
    if sound is not None:
        refs, depends_on = (tuple(slug for slug in slugs if slug in sound) for slugs in (refs, depends_on))
    return VersionMember(
        base_id,
        member.slug,
        member.entity.kind,
        member.entity.slug,
        member.entity.name,
        member.entity.description,
        member.role,
        template_id,
        refs,
        member.template.variables,
        member.entity.id,
        member.entity.version_id,
        member.required,
        member.default_enabled,
        member.fork_on_install,
        depends_on,
        member.template.measure.size,
        member.template.measure.numbers,
    )
