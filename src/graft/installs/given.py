"""What a version gives a member of an install: its base, and the version id of the text that it reads."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec

from graft.definitions.version_id import rendered_version_id
from graft.ids import Id
from graft.installs.rows import InstalledMember
from graft.installs.selection import Choice
from graft.jsontext import Json
from graft.version_members import VersionMember


class Given(msgspec.Struct, frozen=True, gc=False):
    """A row that reads from a version; `row`: what it was before, None: a new one.

    `version_id`: of its text; None: a reference that reads as its author's version does.
    """

    id: Id
    row: InstalledMember | None
    member: VersionMember
    clone: bool
    version_id: Id | None


@dataclass(frozen=True, slots=True)
class Context:
    """What texts are rendered with: the values, slug → id of every member, and which of these ids are clones."""

    values: Mapping[str, Json]
    ids: Mapping[str, Id]
    clones: Collection[Id]

    def give(self, row_id: Id, row: InstalledMember | None, member: VersionMember, *, clone: bool) -> Given:
        version_id = None
        if clone or member.variables or any(self.ids[slug] in self.clones for slug in member.refs):
            version_id = rendered_version_id(
                row_id if clone else member.source_entity_id,
                member.template_id,
                self.values,
                member.variables,
                self.ids,
                member.refs,
            )
        return Given(row_id, row, member, clone, version_id)


def first_members(chosen: Mapping[str, Choice], values: Mapping[str, Json], new_id: Callable[[str], Id]) -> list[Given]:
    """The members of a new install."""
    rows = {slug: new_id(slug) for slug in chosen}
    named = {slug: rows[slug] if choice.clone else choice.member.source_entity_id for slug, choice in chosen.items()}
    clones = {rows[slug] for slug, choice in chosen.items() if choice.clone}
    context = Context(values, named, clones)
    return [context.give(rows[slug], None, choice.member, clone=choice.clone) for slug, choice in chosen.items()]
