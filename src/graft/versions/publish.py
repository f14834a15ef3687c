"""Publish: snapshot the draft and its members' definitions into an immutable version."""

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, Invalid, Problem
from graft.events.record import record
from graft.ids import Id
from graft.integrations.access import access_locked
from graft.manifest import semver
from graft.versions import queries
from graft.versions.draft import Draft, load_draft
from graft.versions.models import IntegrationVersion, Publish
from graft.versions.rows import NewVersion
from graft.web.context import WriteContext


async def publish(ctx: WriteContext, integration_id: Id, body: Publish) -> IntegrationVersion:
    """Refused with every problem of the draft at once; nothing is written then."""
    seen = await access_locked(ctx, integration_id, Tier.EDITOR)
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")

    problems: list[Problem] = []
    version = semver.parse(body.version)
    if version is None:
        problems.append(Problem("/version", "invalid-version", "A version is strict semver 2.0, such as 1.2.3."))
    draft = await load_draft(ctx, integration_id, version and version.text)
    problems += draft.problems + [found.problem for found in draft.member_problems]
    if problems or version is None:
        raise Invalid("The draft cannot be published." if len(problems) > 1 else problems[0].detail, problems=problems)

    await queries.insert_burnt_version(ctx.db, draft.publisher, draft.slug, semver.burnt_identity(version))
    version_id = ids.new_id()
    published = await _insert(ctx, integration_id, version_id, draft, body)
    if semver.becomes_current(body.version, draft.current_version):
        await queries.update_current_version(ctx.db, integration_id, version_id, body.version, ctx.now)

    data = {"version": body.version, "integrationVersionId": f"intver_{version_id}"}
    await record(ctx, "integration.published", seen.workspace_id, "int", integration_id, data)
    return published


async def _insert(
    ctx: WriteContext, integration_id: Id, version_id: Id, draft: Draft, body: Publish
) -> IntegrationVersion:
    """Store the version, the templates that are not stored yet, and the members."""
    templates = await queries.insert_missing_templates(ctx.db, draft.members)
    dependencies = [
        {"integration": found.integration, "range": found.range, "optional": found.optional}
        for found in draft.manifest.dependencies
    ]
    new = NewVersion(
        id=version_id,
        integration_id=integration_id,
        version=body.version,
        precedence=semver.sort_key(body.version),
        manifest_snapshot=draft.manifest_text,
        variables_schema_snapshot=draft.variables_text,
        auth_config_snapshot=draft.auth_text,
        member_entity_versions=jsontext.encode(
            {member.slug: f"entver_{member.entity.version_id}" for member in draft.members}
        ),
        changelog=body.changelog,
        dependencies=jsontext.encode(dependencies),
        permissions=list(draft.manifest.permissions),
        allow_multiple_installs=draft.manifest.allow_multiple_installs,
        published_by=ctx.caller.user_id,
        published_at=ctx.now,
    )
    published = await queries.insert_version(ctx.db, new)
    await queries.insert_members(ctx.db, version_id, draft.workspace_id, draft.members, templates)
    return published
