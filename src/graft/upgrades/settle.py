"""Whether a workspace has what a version needs that an install moves to, and the install's row after the move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graft import ids, jsontext
from graft.errors import Conflict
from graft.ids import Id
from graft.installs import requirements
from graft.installs.access import access_auth_state
from graft.installs.rows import ActiveInstall
from graft.manifest import manifest
from graft.manifest import variables as variables_schema
from graft.upgrades.apply import UpgradedInstall
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


class Wanted(Protocol):
    """What a call gives for the version beyond what the install has."""

    @property
    def variables(self) -> Mapping[str, Any]: ...
    @property
    def auth_state_id(self) -> str | None: ...
    @property
    def accept_permissions(self) -> Sequence[str] | None: ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The active installs of the workspace before and after all moves that are made together."""

    before: Sequence[ActiveInstall]
    moves: Mapping[Id, FoundVersion]

    @property
    def after(self) -> list[ActiveInstall]:
        return [requirements.moved(row, self.moves[row.id]) if row.id in self.moves else row for row in self.before]

    def refuse_if_broken(self, version: FoundVersion) -> None:
        """`Conflict` naming the installs that stay and cannot work with the moves; `version` is that of one of them."""
        broken = requirements.broken_by_moves(self.moves, self.before)
        if broken:
            raise Conflict(
                f"{', '.join(broken)} cannot work with version {version.version}.",
                code="dependent-breaks",
                extra={"dependents": broken},
            )


async def settle(
    ctx: ReadContext,
    row: ActiveInstall,
    version: FoundVersion,
    wanted: Wanted,
    neighbours: Neighbours,
    *,
    may_wait: bool = False,
    policy: str | None = None,
) -> UpgradedInstall:
    """The install's row after the move. `policy`: None for the one that it has.

    `may_wait`: for consent; what nobody accepted yet then counts as accepted.
    """
    parsed = manifest.parse(jsontext.decode(bytes(version.manifest_snapshot)))
    declared = variables_schema.declared(jsontext.decode(bytes(version.variables_schema_snapshot)))
    before = jsontext.decode(bytes(row.given))
    given = {name: value for name, value in before.items() if name in declared} | dict(wanted.variables)
    values = requirements.check_variables(version, parsed, given)
    same = (values.given, values.filled) == (jsontext.encode(before), bytes(row.filled))

    auth_state_id = await _auth_state(ctx, row, version, wanted)
    # none where nothing moves to another version
    if neighbours.moves:
        requirements.check_dependencies(version, neighbours.after)
        neighbours.refuse_if_broken(version)
    if may_wait and wanted.accept_permissions is None:
        accepted = sorted(version.permissions)
    else:
        tier = ctx.caller.tier_in(row.workspace_id)
        accepted = requirements.check_consent(tier, version, row.accepted_permissions, wanted.accept_permissions)

    return UpgradedInstall(
        version.id,
        row.variables_id if same else ids.new_id(),
        None if same else values,
        auth_state_id,
        accepted,
        # several that are there are not one too many because a newer version allows one
        version.allow_multiple_installs or row.allow_multiple,
        policy or row.member_policy,
    )


async def _auth_state(ctx: ReadContext, row: ActiveInstall, version: FoundVersion, wanted: Wanted) -> Id | None:
    """The auth state from now on: none where the version needs none, so that nothing holds one that nobody uses."""
    if wanted.auth_state_id is not None:
        return await access_auth_state(ctx, version, row.workspace_id, wanted.auth_state_id)
    asked = requirements.auth_type(version)
    if asked == "none":
        return row.auth_state_id if version.id == row.version_id else None
    if row.auth_type != asked or not row.auth_lives:
        raise Conflict(f"The version needs an auth state of type {asked}.", code="auth-required")
    return row.auth_state_id
