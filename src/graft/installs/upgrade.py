"""Upgrade an install to its integration's current version without losing anybody's edits."""

from collections.abc import Mapping, Sequence

from graft import jsontext
from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.errors import Conflict, NotFound
from graft.ids import Id
from graft.installs import queries, requirements
from graft.installs.access import access_install
from graft.installs.apply import UpgradedInstall, apply_upgrade, write_upgraded
from graft.installs.models import Upgraded, UpgradeRequest
from graft.installs.plan import UpgradePlan, plan_upgrade
from graft.integrations import queries as integrations
from graft.integrations.access import access_integration
from graft.jsontext import Json
from graft.manifest import manifest, semver, variables
from graft.manifest.manifest import Manifest
from graft.versions import queries as versions
from graft.versions.members import members_of
from graft.web.context import Writing


async def upgrade(ctx: Writing, install_id: Id, body: UpgradeRequest | None) -> Upgraded:
    """The four lists say what happened; an install that is ahead of the current version answers empty ones."""
    body = body or UpgradeRequest()
    row, active = await _held(ctx, install_id)
    version = await _target(ctx, row)
    if semver.precedence(version["version"]) < semver.precedence(row["version"]):
        return Upgraded()
    parsed = manifest.parse(jsontext.decode(bytes(version["manifest_snapshot"])))
    settled = await _settle(ctx, row, version, parsed, body, active)
    members = await members_of(ctx, {row["version_id"], version["id"]})
    installed, target = members[row["version_id"]], members[version["id"]]
    present = await queries.present(ctx.db, install_id, row["workspace_id"], installed)
    plan = plan_upgrade(present, installed, target, row["member_policy"])
    await apply_upgrade(ctx, install_id, row["workspace_id"], plan)
    reply = Upgraded(plan.updated, plan.added, plan.removed, plan.skipped)
    if not plan.changes_nothing or _differs(row, settled):
        data = {"from": row["version"], "to": version["version"], **_counts(reply)}
        before = _before(row, plan)
        await write_upgraded(ctx, install_id, row["workspace_id"], row["version_id"], settled, before, data)
    return reply


async def _held(ctx: Writing, install_id: Id) -> tuple[Row, Sequence[Row]]:
    """The install, its workspace held, and all active installs of the workspace as they are from now on."""
    found = await access_install(ctx, install_id, Tier.EDITOR)
    await queries.lock(ctx.db, found["workspace_id"], found["integration_id"])
    active = await queries.active(ctx.db, found["workspace_id"])
    row = next((row for row in active if row["id"] == install_id), None)
    if row is None:
        raise Conflict("The install is deleted; restore it first.", code="deleted")
    return row, active


async def _target(ctx: Writing, row: Row) -> Row:
    """The current version, which the workspace must see by other means than this install."""
    try:
        seen = await access_integration(ctx, row["integration_id"])
    except NotFound:
        seen = None
    if seen is None:
        deleted = await integrations.is_deleted(ctx.db, row["integration_id"])
        if deleted:
            raise Conflict("The integration is deleted.", code="integration-deleted")
    if seen is not None and seen.deleted:
        raise Conflict("The integration is deleted.", code="integration-deleted")
    if seen is None or not seen.by_own_right:
        raise Conflict("The workspace does not see the integration any more.", code="integration-unavailable")
    version = await versions.version(ctx.db, seen.row["current_version_id"])
    assert version is not None
    return version


async def _settle(
    ctx: Writing, row: Row, version: Row, parsed: Manifest, body: UpgradeRequest, active: Sequence[Row]
) -> UpgradedInstall:
    """Whether the workspace has what the version needs, and the install's row after the upgrade."""
    declared = variables.declared(jsontext.decode(bytes(version["variables_schema_snapshot"])))
    present: Mapping[str, Json] = jsontext.decode(bytes(row["variables"]))
    values = {name: value for name, value in present.items() if name in declared} | dict(body.variables)
    filled = requirements.check_variables(version, parsed, values)
    auth_state_id = row["auth_state_id"]
    if body.auth_state_id is not None:
        auth_state_id = await requirements.check_auth_state(ctx, version, row["workspace_id"], body.auth_state_id)
    else:
        wanted = requirements.auth_type(version)
        if wanted != "none" and (row["auth_type"] != wanted or not row["auth_living"]):
            raise Conflict(f"The version needs an auth state of type {wanted}.", code="auth-required")
    requirements.check_dependencies(version, active)
    broken = requirements.dependents_broken_by(row, version["version"], active)
    if broken:
        raise Conflict(
            f"{', '.join(broken)} cannot work with version {version['version']}.",
            code="dependent-breaks",
            extra={"dependents": broken},
        )
    accepted = requirements.check_consent(
        ctx, version, row["workspace_id"], row["accepted_permissions"], body.accept_permissions
    )
    return UpgradedInstall(
        version["id"], jsontext.encode(filled), auth_state_id, accepted, version["allow_multiple_installs"]
    )


def _differs(row: Row, settled: UpgradedInstall) -> bool:
    return (row["version_id"], bytes(row["variables"]), row["auth_state_id"]) != (
        settled.version_id,
        settled.variables,
        settled.auth_state_id,
    )


def _counts(reply: Upgraded) -> dict[str, Json]:
    return {name: len(getattr(reply, name)) for name in ("updated", "added", "removed", "skipped")}


def _before(row: Row, plan: UpgradePlan) -> Json:
    """What was there before, as far as the upgrade changes it; literal definitions have their own versions."""
    return {
        "variables": jsontext.decode(bytes(row["variables"])),
        "authStateId": row["auth_state_id"],
        "acceptedPermissions": list(row["accepted_permissions"]),
        "rebased": [[present.id, present.base.base_id] for present, _ in plan.rebase],
        "repinned": [[present.id, present.base.base_id] for present, _ in plan.repin],
        "renamed": [[present.id, present.slug] for present, _ in plan.rename],
        "revived": [present.id for present, _ in plan.revive],
        "removed": [present.id for present in plan.remove],
    }
