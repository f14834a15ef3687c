"""Publish: snapshot the draft and its members' definitions into an immutable version."""

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, Invalid, Problem
from graft.events.record import record
from graft.ids import Id
from graft.integrations.access import access_locked
from graft.manifest import semver
from graft.versions import queries, wire
from graft.versions.draft import Draft, load_draft
from graft.versions.models import IntegrationVersion, Publish
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
    problems += draft.problems + [broken.problem for broken in draft.broken]
    if problems or version is None:
        raise Invalid("The draft cannot be published." if len(problems) > 1 else problems[0].detail, problems=problems)
    await queries.burn(ctx.db, draft.publisher, draft.slug, semver.burnt_identity(version))
    version_id = ids.new_id()
    await _write(ctx, integration_id, version_id, draft, body)
    if semver.becomes_current(body.version, draft.current_version):
        await queries.set_current(ctx.db, integration_id, version_id, body.version, ctx.now)
    data = {"version": body.version, "integrationVersionId": f"intver_{version_id}"}
    await record(ctx, "integration.published", seen.workspace_id, "int", integration_id, data)
    row = await queries.version(ctx.db, version_id)
    assert row is not None
    return wire.version(row)


async def _write(ctx: WriteContext, integration_id: Id, version_id: Id, draft: Draft, body: Publish) -> None:
    templates = await queries.template_ids(ctx.db, draft.members)
    dependencies = [
        {"integration": found.integration, "range": found.range, "optional": found.optional}
        for found in draft.manifest.dependencies
    ]
    await queries.insert(
        ctx.db,
        version_id,
        integration_id,
        body.version,
        draft.manifest_text,
        draft.variables_text,
        draft.auth_text,
        jsontext.encode({member.slug: f"entver_{member.entity.version_id}" for member in draft.members}),
        body.changelog,
        jsontext.encode(dependencies),
        list(draft.manifest.permissions),
        draft.manifest.allow_multiple_installs,
        ctx.caller.user_id,
        ctx.now,
        semver.sort_key(body.version),
    )
    await queries.insert_members(ctx.db, version_id, draft.workspace_id, draft.members, templates)
