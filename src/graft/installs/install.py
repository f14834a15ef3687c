"""Install a version into a workspace, in one transaction and a constant number of statements."""

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Forbidden, NotFound, raise_if_any
from graft.ids import Id
from graft.installs import queries, requirements
from graft.installs.access import access_auth_state
from graft.installs.apply import write_install
from graft.installs.check_install import check_install
from graft.installs.choose import choose, parent_of, unknown_slugs, version_to_install
from graft.installs.given import first_members
from graft.installs.models import Install, InstallCheck, InstallQuery, InstallRequest
from graft.installs.rows import NewInstall
from graft.integrations.access import see_integration
from graft.manifest import manifest
from graft.versions.members import members_of
from graft.versions.rendering import check_rendered
from graft.web.context import WriteContext
from graft.workspaces.locks import lock_tenant


async def install(
    ctx: WriteContext, integration_id: Id, query: InstallQuery, body: InstallRequest
) -> Install | InstallCheck:
    """With `dryRun=true` nothing is installed: the reply is 200, with the selection and all that stands in its way."""
    workspace_id = ids.parse("wsp", body.workspace_id)
    if workspace_id is None or not ctx.caller.tier_in(workspace_id):
        raise NotFound
    # what is not seen is absent, and waits for no lock
    seen = await see_integration(ctx, integration_id)
    if ctx.caller.tier_in(workspace_id) < Tier.EDITOR:
        raise Forbidden("This needs the tier editor in the workspace.")
    if query.dry_run:
        return await check_install(ctx, seen, workspace_id, body)
    if not await lock_tenant(ctx.db, workspace_id):
        raise NotFound
    seen = await see_integration(ctx, integration_id)

    version = await version_to_install(ctx, seen, body.integration_version_id)
    parsed = manifest.parse(jsontext.decode(bytes(version.manifest_snapshot)))
    members = (await members_of(ctx, [version.id]))[version.id]
    active = await queries.select_active(ctx.db, workspace_id)
    parent_id = parent_of(body.parent_install_id, active)
    raise_if_any(unknown_slugs(members, body))
    chosen = choose(members, parsed, body)
    values = requirements.check_variables(version, parsed, body.variables)
    auth_state_id = await access_auth_state(ctx, version, workspace_id, body.auth_state_id)
    requirements.check_dependencies(version, active)
    accepted = requirements.check_consent(ctx.caller.tier_in(workspace_id), version, (), body.accept_permissions)
    if not version.allow_multiple_installs:
        requirements.refuse_second(integration_id, parent_id, active)

    taken = [choice.member for choice in chosen.values()]
    raise_if_any(await check_rendered(ctx, taken, values.variables, requirements.typed(version, values.variables)))

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
