"""What an install would lack if a draft were published and the install moved to it: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from graft import jsontext
from graft.errors import Conflict, Invalid
from graft.installs import requirements
from graft.installs.rows import ActiveInstall
from graft.jsontext import Json
from graft.manifest import Manifest
from graft.manifest import variables as variables_schema
from graft.version_members import VersionMember
from graft.versions.rows import FoundVersion

# A value, credentials, consent, an install that it depends on, one that depends on it, room for a definition.
Need = Literal["value", "auth", "consent", "dependency", "dependent", "size"]


@dataclass(frozen=True, slots=True)
class Prospect:
    """A draft as the version that it would be. `bodies`: the templates that are not stored, by their numbers."""

    version: FoundVersion
    manifest: Manifest
    variables: Json
    members: Sequence[VersionMember]
    bodies: Mapping[int, bytes]

    @property
    def declared(self) -> Mapping[str, Json]:
        return variables_schema.declared(self.variables)


def needs_of(
    prospect: Prospect, row: ActiveInstall, active: Sequence[ActiveInstall]
) -> tuple[set[Need], Mapping[str, Json]]:
    """And the values that the install would read with: where something has to be given, as far as it is there.

    `active`: all active installs of its workspace.
    """
    version, needs = prospect.version, set[Need]()
    given = {name: value for name, value in jsontext.decode(bytes(row.given)).items() if name in prospect.declared}
    try:
        values: Mapping[str, Json] = requirements.check_variables(version, prospect.manifest, given).variables
    except Invalid:
        needs.add("value")
        values = variables_schema.fill_defaults(prospect.variables, prospect.manifest.defaults.variables, given)

    asked = requirements.auth_type(version)
    if asked != "none" and (row.auth_type != asked or not row.auth_lives):
        needs.add("auth")
    if requirements.new_permissions(version, row.accepted_permissions):
        needs.add("consent")
    try:
        after = [requirements.moved(one, version) if one.id == row.id else one for one in active]
        requirements.check_dependencies(version, after)
    except Conflict:
        needs.add("dependency")
    if requirements.broken_by_moves({row.id: version}, active):
        needs.add("dependent")
    return needs, values
