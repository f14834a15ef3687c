"""Upgrade an install to its integration's current version without losing anybody's edits."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, NotFound, raise_if_any
from graft.events.record import MOST_NAMED
from graft.ids import Id
from graft.installs import queries as installs
from graft.installs import requirements
from graft.installs.access import access_auth_state, access_install
from graft.installs.rows import ActiveInstall, InstalledRows
from graft.integrations import queries as integrations
from graft.integrations.access import see_integration
from graft.jsontext import Json
from graft.manifest import Manifest, manifest, semver
from graft.manifest import variables as variables_schema
from graft.upgrades import queries
from graft.upgrades.apply import UpgradedInstall, apply_upgrade, write_upgraded
from graft.upgrades.images import images_of
from graft.upgrades.models import Upgraded, UpgradeRequest
from graft.upgrades.plan import Change, UpgradePlan, plan_upgrade
from graft.upgrades.same_edits import same_edits
from graft.versions import queries as versions
from graft.versions.members import members_of
from graft.versions.rendering import check_rendered
from graft.versions.rows import FoundVersion
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.workspaces.locks import lock_tenant


async def upgrade(ctx: WriteContext, install_id: Id, body: UpgradeRequest | None) -> Upgraded:
    """The four lists say what happened; an install that is ahead of the current version, or where no version is left
    that is not yanked, answers empty ones.
    """
    body = body or UpgradeRequest()
    row, active = await _access_locked(ctx, install_id)
    version = await _target(ctx, row)
    if version is None or semver.precedence(version.version) < semver.precedence(row.version):
        if body == UpgradeRequest():
            return Upgraded()
        # what the call gives is for the version that the install has
        version = await _version(ctx, row.version_id)
    parsed = manifest.parse(jsontext.decode(bytes(version.manifest_snapshot)))
    settled = await _check_requirements(ctx, row, version, parsed, body, active)
    rows, plan, values = await _plan(ctx, row, settled)
    raise_if_any(await check_rendered(ctx, plan.given, values))
    settled = _with_solution(settled, row, plan)

    still_named = await _still_named(ctx, row, plan)
    await apply_upgrade(ctx, install_id, row.workspace_id, row.variables_id, plan)
    reply = Upgraded(plan.updated, plan.added, plan.removed, plan.skipped)
    if not plan.changes_nothing or _differs(row, settled):
        data = {"from": row.version, "to": version.version, **_counts(reply), **still_named}
        before = images_of(plan, rows, row)
        await write_upgraded(ctx, install_id, row.workspace_id, row.version_id, settled, before, data)
    return reply


async def _access_locked(ctx: WriteContext, install_id: Id) -> tuple[ActiveInstall, Sequence[ActiveInstall]]:
    """The install, with the lock of its workspace, and all active installs of the workspace as they are from now on."""
    found = await access_install(ctx, install_id, Tier.EDITOR)
    await refuse_of_deleted_workspace(ctx, found.workspace_id)
    await lock_tenant(ctx.db, found.workspace_id)
    active = await installs.select_active(ctx.db, found.workspace_id, install_id)
    row = next((row for row in active if row.id == install_id), None)
    if row is None:
        raise Conflict("The install is deleted; restore it first.", code="deleted")
    return row, active


async def _plan(
    ctx: WriteContext, row: ActiveInstall, settled: UpgradedInstall
) -> tuple[InstalledRows, UpgradePlan, Mapping[str, Json]]:
    """The rows of the install, what the upgrade does to them, and the values that they read with from then on."""
    members = await members_of(ctx, {row.version_id, settled.version_id})
    installed, target = members[row.version_id], members[settled.version_id]
    rows = await installs.select_installed(ctx.db, row.id, row.workspace_id, installed)
    before = jsontext.decode(bytes(row.filled))
    after = before if settled.values is None else settled.values.variables
    change = Change(installed, target, row.member_policy, before, after)
    new_id = _one_id_each()
    plan = plan_upgrade(rows.members, change, new_id)
    attach = await same_edits(ctx, row.workspace_id, plan, after, rows)
    if attach:
        plan = plan_upgrade(rows.members, change, new_id, attach)
    return rows, plan, after


def _one_id_each() -> Callable[[str], Id]:
    """A fresh id for each slug, the same one whenever it is asked for."""
    known: dict[str, Id] = {}
    return lambda slug: known[slug] if slug in known else known.setdefault(slug, ids.new_id())


async def _target(ctx: WriteContext, row: ActiveInstall) -> FoundVersion | None:
    """The current version, which the workspace must see by other means than this install; None: all are yanked."""
    try:
        seen = await see_integration(ctx, row.integration_id)
    except NotFound:
        seen = None
    if seen is None:
        deleted = await integrations.select_is_deleted(ctx.db, row.integration_id)
        if deleted:
            raise Conflict("The integration is deleted.", code="integration-deleted")
    if seen is not None and seen.deleted:
        raise Conflict("The integration is deleted.", code="integration-deleted")
    if seen is None or not seen.by_own_right:
        raise Conflict("The workspace does not see the integration any more.", code="integration-unavailable")
    current = seen.row.current_version_id
    return None if current is None else await _version(ctx, current)


async def _version(ctx: WriteContext, version_id: Id) -> FoundVersion:
    version = await versions.select_version(ctx.db, version_id)
    assert version is not None
    return version


async def _check_requirements(
    ctx: WriteContext,
    row: ActiveInstall,
    version: FoundVersion,
    parsed: Manifest,
    body: UpgradeRequest,
    active: Sequence[ActiveInstall],
) -> UpgradedInstall:
    """Whether the workspace has what the version needs, and the install's row after the upgrade."""
    declared = variables_schema.declared(jsontext.decode(bytes(version.variables_schema_snapshot)))
    before = jsontext.decode(bytes(row.given))
    given = {name: value for name, value in before.items() if name in declared} | dict(body.variables)
    values = requirements.check_variables(version, parsed, given)
    same = (values.given, values.filled) == (jsontext.encode(before), bytes(row.filled))
    auth_state_id = await _auth_state(ctx, row, version, body)
    requirements.check_dependencies(version, active)
    broken = requirements.broken_by_upgrade(row, version.version, active)
    if broken:
        raise Conflict(
            f"{', '.join(broken)} cannot work with version {version.version}.",
            code="dependent-breaks",
            extra={"dependents": broken},
        )
    accepted = requirements.check_consent(
        ctx.caller.tier_in(row.workspace_id), version, row.accepted_permissions, body.accept_permissions
    )
    return UpgradedInstall(
        version.id,
        row.variables_id if same else ids.new_id(),
        None if same else values,
        auth_state_id,
        accepted,
        # several that are there are not one too many because a newer version allows one
        version.allow_multiple_installs or row.allow_multiple,
    )


async def _auth_state(ctx: WriteContext, row: ActiveInstall, version: FoundVersion, body: UpgradeRequest) -> Id | None:
    """The auth state from now on: none where the version needs none, so that nothing holds one that nobody uses."""
    if body.auth_state_id is not None:
        return await access_auth_state(ctx, version, row.workspace_id, body.auth_state_id)
    wanted = requirements.auth_type(version)
    if wanted == "none":
        return row.auth_state_id if version.id == row.version_id else None
    if row.auth_type != wanted or not row.auth_lives:
        raise Conflict(f"The version needs an auth state of type {wanted}.", code="auth-required")
    return row.auth_state_id


def _with_solution(settled: UpgradedInstall, row: ActiveInstall, plan: UpgradePlan) -> UpgradedInstall:
    """An install gets its solution with its first clone."""
    if row.solution_id is not None or not any(given.clone for _, given in plan.insert):
        return settled
    return replace(settled, solution_id=ids.new_id(), solution_name=row.name)


async def _still_named(ctx: WriteContext, row: ActiveInstall, plan: UpgradePlan) -> dict[str, Json]:
    """What goes although other installs or own entities of the workspace name it, and who they are."""
    removed = {member.id: member.slug for member, _ in plan.remove if member.clone}
    if not removed:
        return {}
    registry = ctx.process.kinds
    named: dict[str, list[str]] = {}
    pairs = (
        (slug, registry.wire_id(found.kind, found.id))
        for found in await queries.select_naming(ctx.db, row.workspace_id, row.id, list(removed))
        for slug in sorted({removed[ref] for ref in found.refs if ref in removed})
    )
    for slug, wire_id in islice(pairs, MOST_NAMED):
        named.setdefault(slug, []).append(wire_id)
    return {"stillNamed": named} if named else {}


def _differs(row: ActiveInstall, settled: UpgradedInstall) -> bool:
    return (row.version_id, row.variables_id, row.auth_state_id) != (
        settled.version_id,
        settled.variables_id,
        settled.auth_state_id,
    )


def _counts(reply: Upgraded) -> dict[str, Json]:
    return {name: len(getattr(reply, name)) for name in ("updated", "added", "removed", "skipped")}
