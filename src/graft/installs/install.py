"""Install a version into a workspace, in one transaction and a constant number of statements."""

from collections.abc import Sequence

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden, NotFound, Problem, invalid, raise_if_any
from graft.ids import Id
from graft.installs import queries, requirements
from graft.installs.access import access_auth_state
from graft.installs.apply import write_install
from graft.installs.given import first_members
from graft.installs.models import Install, InstallRequest
from graft.installs.rows import ActiveInstall, NewInstall
from graft.installs.selection import Choice, roots, select
from graft.integrations import queries as integrations
from graft.integrations.access import SeenIntegration, see_integration
from graft.jsontext import pointer
from graft.manifest import Manifest, manifest
from graft.version_members import VersionMember
from graft.versions import queries as versions
from graft.versions.members import members_of
from graft.versions.rendering import check_rendered
from graft.versions.rows import FoundVersion
from graft.web.context import WriteContext
from graft.workspaces.locks import lock_tenant


async def install(ctx: WriteContext, integration_id: Id, body: InstallRequest) -> Install:
    workspace_id = ids.parse("wsp", body.workspace_id)
    if workspace_id is None or not ctx.caller.tier_in(workspace_id):
        raise NotFound
    # what is not seen is absent, and waits for no lock
    await see_integration(ctx, integration_id)
    if ctx.caller.tier_in(workspace_id) < Tier.EDITOR:
        raise Forbidden("This needs the tier editor in the workspace.")
    if not await lock_tenant(ctx.db, workspace_id):
        raise NotFound
    seen = await see_integration(ctx, integration_id)

    version = await _version(ctx, seen, body.integration_version_id)
    parsed = manifest.parse(jsontext.decode(bytes(version.manifest_snapshot)))
    members = (await members_of(ctx, [version.id]))[version.id]
    active = await queries.select_active(ctx.db, workspace_id)
    parent_id = _parent(body.parent_install_id, active)
    chosen = _choose(members, parsed, body)
    values = requirements.check_variables(version, parsed, body.variables)
    auth_state_id = await access_auth_state(ctx, version, workspace_id, body.auth_state_id)
    requirements.check_dependencies(version, active)
    accepted = requirements.check_consent(ctx.caller.tier_in(workspace_id), version, (), body.accept_permissions)
    if not version.allow_multiple_installs:
        requirements.refuse_second(integration_id, parent_id, active)

    raise_if_any(await check_rendered(ctx, [choice.member for choice in chosen.values()], values.variables))

    given = first_members(chosen, values.variables, lambda _slug: ids.new_id())
    new = NewInstall(
        id=ids.new_id(),
        workspace_id=workspace_id,
        integration_id=integration_id,
        version_id=version.id,
        variables_id=ids.new_id(),
        auth_state_id=auth_state_id,
        member_policy=body.member_policy or parsed.defaults.member_policy,
        parent_install_id=parent_id,
        solution_id=ids.new_id() if any(member.clone for member in given) else None,
        accepted_permissions=accepted,
        allow_multiple=version.allow_multiple_installs,
        installed_by=ctx.caller.user_id,
        installed_at=ctx.now,
        updated_at=ctx.now,
    )
    return await write_install(ctx, new, seen.row.name, values, given)


async def _version(ctx: WriteContext, seen: SeenIntegration, pinned: str | None) -> FoundVersion:
    """The pinned version of this integration, else the current one."""
    if not seen.by_own_right:
        raise Conflict("The integration is visible only through an install.", code="integration-unavailable")
    if seen.deleted:
        raise Conflict("The integration is deleted.", code="integration-deleted")
    version_id = seen.row.current_version_id if pinned is None else ids.parse("intver", pinned)
    if version_id is None and pinned is None:
        if await integrations.select_is_published(ctx.db, seen.id):
            raise Conflict("All its versions are yanked; name one by `integrationVersionId`.", code="version-yanked")
        raise Conflict("The integration was never published.", code="never-published")
    row = await versions.select_version(ctx.db, version_id) if version_id else None
    if row is None or row.integration_id != seen.id:
        # it may have been purged since it was seen
        await see_integration(ctx, seen.id)
        raise invalid("/integrationVersionId", "unknown-version", "The integration has no such version.")
    return row


def _parent(text: str | None, active: Sequence[ActiveInstall]) -> Id | None:
    if text is None:
        return None
    parent_id = ids.parse("intins", text)
    if parent_id is None or all(row.id != parent_id for row in active):
        raise invalid("/parentInstallId", "unknown-install", "There is no such active install in the workspace.")
    return parent_id


def _choose(members: Sequence[VersionMember], parsed: Manifest, body: InstallRequest) -> dict[str, Choice]:
    declared = {member.slug for member in members if member.role == "member"}
    raise_if_any(
        Problem(pointer("selectedMemberSlugs", at), "unknown-member", f"The version has no member {slug[:150]!r}.")
        for at, slug in enumerate(body.selected_member_slugs or ())
        if slug not in declared
    )
    policy = body.member_policy or parsed.defaults.member_policy
    wanted = roots(members, policy, None if body.selected_member_slugs is None else set(body.selected_member_slugs))
    return select(members, wanted)
