"""What an upgrade must have done, predicted from the documents, and everything that is otherwise."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec

from demo.compare import Difference, Thing
from demo.documents import VARIABLES
from demo.meaning import Meaning

_ID = re.compile(rb'"((?:sch|fun)_[0-7][0-9a-hjkmnp-tv-z]{25})"')
_PLACEHOLDER = re.compile(rb"\$\{(?:variables|members)\.")
_SHOWN = 5

# Slugs of members by what they are in a document.
Slugs = Mapping[Thing, str]


class Lists(NamedTuple):
    """The four lists of an upgrade."""

    updated: frozenset[str]
    added: frozenset[str]
    removed: frozenset[str]
    skipped: frozenset[str]


class Entity(msgspec.Struct, frozen=True, rename="camel"):
    """Of the wire form, what is looked at here."""

    id: str
    workspace_id: str
    kind: str
    slug: str
    name: str
    definition: msgspec.Raw


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """Of the wire form, what is looked at here."""

    entity_id: str
    source_member_slug: str
    kind: str
    name: str
    is_clone: bool
    detached: bool
    edited: bool
    deleted_at: str | None


def predicted(
    difference: Difference, old: Meaning, old_slugs: Slugs, new_slugs: Slugs, edited: Collection[Thing]
) -> Lists:
    """The lists: what was edited is skipped if it changed or went, and so is what went but an edited clone names."""
    kept = _kept(difference, old, edited)
    skipped = ((difference.changed | difference.removed) & frozenset(edited)) | kept
    return Lists(
        frozenset(old_slugs[thing] for thing in difference.changed - skipped),
        frozenset(new_slugs[thing] for thing in difference.added),
        frozenset(old_slugs[thing] for thing in difference.removed - skipped),
        frozenset(old_slugs[thing] for thing in skipped),
    )


def _kept(difference: Difference, old: Meaning, edited: Collection[Thing]) -> frozenset[Thing]:
    """The schemas that went, but that what was edited names, directly or through others that went."""
    kept: set[Thing] = set()
    waiting = list(edited)
    while waiting:
        thing = waiting.pop()
        said = old.schemas[thing] if isinstance(thing, str) else old.operations[thing]
        found = {name for name in said.schemas if name in difference.removed and name not in kept}
        kept |= found
        waiting += found
    return frozenset(kept)


def list_problems(expected: Lists, got: Lists) -> Iterator[str]:
    """A line for each list that is not what the documents say."""
    for name in Lists._fields:
        wanted, found = getattr(expected, name), getattr(got, name)
        if found - wanted:
            yield f"{name} has {_some(found - wanted)} which the documents do not say"
        if wanted - found:
            yield f"{name} lacks {_some(wanted - found)} which the documents say"


def slug_problems(difference: Difference, old_slugs: Slugs, new_slugs: Slugs) -> Iterator[str]:
    """A line for each operation and schema that both documents have and that is two members."""
    same: dict[Thing, Thing] = {**difference.pairs, **{name: name for name in old_slugs if isinstance(name, str)}}
    for old, new in same.items():
        if new in new_slugs and old_slugs[old] != new_slugs[new]:
            yield f"{old} was {old_slugs[old]} and is {new_slugs[new]} now"


def member_problems(expected: Collection[str], members: Collection[Member]) -> Iterator[str]:
    """A line where the members are others than expected, or no clones."""
    slugs = {member.source_member_slug for member in members}
    if slugs != set(expected):
        yield f"the members differ from what the documents say: {_some(slugs ^ set(expected))}"
    if not_cloned := {member.source_member_slug for member in members if not member.is_clone}:
        yield f"no clones: {_some(not_cloned)}"


def clone_problems(clones: Collection[Entity], workspace_id: str) -> Iterator[str]:
    """A line for each clone with a reference that leads out of the workspace, a placeholder, or a variable missing."""
    own = {clone.id.encode() for clone in clones if clone.workspace_id == workspace_id}
    values = [f'"{value}"'.encode() for value in VARIABLES.values()]
    for clone in clones:
        text = bytes(clone.definition)
        outside = {found.decode() for found in _ID.findall(text) if found not in own}
        if outside:
            yield f"{clone.slug} names {_some(outside)}, not in its workspace"
        if _PLACEHOLDER.search(text):
            yield f"{clone.slug} has a placeholder left"
        if clone.kind == "function" and not all(value in text for value in values):
            yield f"{clone.slug} lacks the value of a variable"


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
