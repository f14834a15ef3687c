"""Which members an install takes, and as what: pure."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from graft.installs.models import Reason
from graft.version_members import VersionMember


class Choice(msgspec.Struct, frozen=True, gc=False):
    """A chosen member; `clone`: the workspace gets its own copy, else it sees the author's."""

    member: VersionMember
    reason: Reason
    clone: bool


def roots(members: Sequence[VersionMember], policy: str, selected: Collection[str] | None) -> dict[str, Reason]:
    """What is asked for at install: the required ones, and those selected, or those that the policy takes."""
    found: dict[str, Reason] = {}
    for member in members:
        if member.role == "closure":
            continue
        if member.required:
            found[member.slug] = "required"
        elif selected is not None:
            if member.slug in selected:
                found[member.slug] = "selected"
        elif policy == "auto_all":
            found[member.slug] = "policy"
        elif policy == "auto_defaults" and member.default_enabled:
            found[member.slug] = "default"
    return found


def select(members: Sequence[VersionMember], wanted: Mapping[str, Reason]) -> dict[str, Choice]:
    """The wanted members and all that they depend on or refer to, in the version's order.

    A closure schema becomes a clone where a clone reaches it, else it is a reference.
    """
    by_slug = {member.slug: member for member in members}
    reasons = needed(by_slug, wanted)
    cloned = _cloned_closure([by_slug[slug] for slug in reasons], by_slug)
    return {
        member.slug: Choice(
            member,
            reasons[member.slug],
            member.fork_on_install if member.role == "member" else member.slug in cloned,
        )
        for member in members
        if member.slug in reasons
    }


def needed(by_slug: Mapping[str, VersionMember], wanted: Mapping[str, Reason]) -> dict[str, Reason]:
    """The slugs of the wanted members and of all that they depend on or refer to, each with why it is there."""
    reasons: dict[str, Reason] = {slug: reason for slug, reason in wanted.items() if slug in by_slug}
    pending = list(reasons)
    while pending:
        member = by_slug[pending.pop()]
        depends_on = dict.fromkeys(member.depends_on)
        for slug in member.refs:
            if slug not in reasons:
                reasons[slug] = "dependency" if slug in depends_on else "reference"
                pending.append(slug)
        for slug in depends_on:
            if slug not in reasons:
                reasons[slug] = "dependency"
                pending.append(slug)
    return reasons


def _cloned_closure(chosen: Sequence[VersionMember], by_slug: Mapping[str, VersionMember]) -> set[str]:
    """The closure schemas that the chosen clones reach, through closure schemas."""
    cloned: set[str] = set()
    pending = [member for member in chosen if member.role == "member" and member.fork_on_install]
    while pending:
        for slug in pending.pop().refs:
            member = by_slug[slug]
            if member.role == "closure" and slug not in cloned:
                cloned.add(slug)
                pending.append(member)
    return cloned
