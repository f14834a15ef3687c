"""How two versions differ, member by member and field by field, in symbolic form: pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from graft import jsontext
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.merge import Difference, ListRule, compile_lists, diff
from graft.version_members import VersionMember
from graft.versions.match import match_members

# What a member is beside its definition, by the name on the wire.
_ATTRIBUTES: Mapping[str, str] = {
    "name": "name",
    "description": "description",
    "required": "required",
    "defaultEnabled": "default_enabled",
    "forkOnInstall": "fork_on_install",
    "dependsOn": "depends_on",
    "entityId": "source_entity_id",
}
_MEMBER_LISTS = compile_lists({"/dependsOn": ListRule(set=True)})
# Of a draft's documents: dependencies are told apart by what they name.
_DOCUMENT_LISTS = compile_lists(
    {
        "/manifest/dependencies": ListRule(key=("integration",)),
        "/manifest/permissions": ListRule(set=True),
        "/authConfig/scopes": ListRule(set=True),
        "/variablesSchema/required": ListRule(set=True),
    }
)


class ChangedMember(NamedTuple):
    """A member that one version has otherwise than the other; `before` and `after`: what it is there."""

    slug: str
    before: VersionMember | None
    after: VersionMember | None

    @property
    def change(self) -> Literal["added", "removed", "changed"]:
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def size(self) -> int:
        """Bytes of its texts, as far as they are compared."""
        if self.before is None or self.after is None or self.before.template_id == self.after.template_id:
            return 0
        return (self.before.size or 0) + (self.after.size or 0)


def changed_members(before: Sequence[VersionMember], after: Sequence[VersionMember]) -> list[ChangedMember]:
    """Those that differ, by slug; one whose slug changed stands under the new one. Kinds tell two members apart."""
    was = match_members(before, after)
    kept = {member.slug for member in was.values()}
    found = [ChangedMember(member.slug, member, None) for member in before if member.slug not in kept]
    for member in after:
        old = was.get(member.slug)
        if old is None or _shown(old) != _shown(member) or old.template_id != member.template_id:
            found.append(ChangedMember(member.slug, old, member))
    return sorted(found, key=lambda one: (one.slug, one.change))


def member_differences(member: ChangedMember, bodies: Mapping[int, bytes], registry: Kinds) -> Iterator[Difference]:
    """Where it differs: `/name`, `/definition/…`; nowhere where it is only in one. `bodies`: template id → text."""
    before, after = member.before, member.after
    if before is None or after is None:
        return
    yield from diff(_shown(before), _shown(after), _MEMBER_LISTS)
    if before.template_id != after.template_id:
        texts = [jsontext.decode(bodies[one.template_id]) for one in (before, after)]
        for found in diff(texts[0], texts[1], registry.by_name[after.kind].lists):
            yield Difference("/definition" + found.pointer, found.before, found.after)


def document_differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """Where the documents differ: `manifest` but for its members, `variablesSchema`, `authConfig`."""
    return diff(_without_members(before), _without_members(after), _DOCUMENT_LISTS)


def _shown(member: VersionMember) -> dict[str, Json]:
    shown: dict[str, Json] = {wire: getattr(member, name) for wire, name in _ATTRIBUTES.items()}
    return shown | {"slug": member.slug, "dependsOn": list(member.depends_on)}


def _without_members(documents: Mapping[str, Json]) -> dict[str, Json]:
    manifest = {key: value for key, value in documents["manifest"].items() if key != "members"}
    return {**documents, "manifest": manifest}
