"""Publish: snapshot the draft and its members' definitions into an immutable version."""

from typing import NamedTuple

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.db.errors import Outdated
from graft.errors import Problem, Problems, raise_if_any
from graft.events.record import record
from graft.ids import Id
from graft.integrations.access import see_integration, see_locked
from graft.manifest import semver
from graft.versions import queries
from graft.versions.access import refuse_deleted
from graft.versions.compose import all_problems
from graft.versions.draft import Draft, DraftInput, compose_in_turn
from graft.versions.models import IntegrationVersion, Publish
from graft.versions.rows import FoundDraft, NewVersion
from graft.web.context import PrepareContext, WriteContext


class Composed(NamedTuple):
    """What is to be published, composed of the draft as it was read in `given`."""

    body: Publish
    version: semver.Version
    given: DraftInput
    draft: Draft[Problems]


async def compose_version(ctx: PrepareContext, integration_id: Id, body: Publish) -> Composed:
    """The draft as it would be published. Refused with every problem of it at once.

    It holds no lock, and a connection only while it reads.
    """
    version = semver.parse(body.version)
    async with ctx.reading() as reading:
        seen = await see_integration(reading, integration_id, Tier.EDITOR)
        refuse_deleted(seen)
    composed = await compose_in_turn(ctx, seen, version and version.text, all_problems)

    problems = Problems()
    if version is None:
        problems.add(no_version("/version"))
    raise_if_any(problems.take(composed.draft.problems).take(composed.draft.verdict), "The draft cannot be published.")
    assert version is not None
    return Composed(body, version, composed.given, composed.draft)


async def publish(ctx: WriteContext, integration_id: Id, prepared: Composed) -> IntegrationVersion:
    """Store the version. `Outdated` if the draft, or the version before, has changed since it was read."""
    body, version, given, draft = prepared
    seen = await see_locked(ctx, integration_id, Tier.EDITOR)
    refuse_deleted(seen)
    now = await queries.select_draft(ctx.db, integration_id)
    before = await queries.select_closure_before(ctx.db, integration_id, version.text)
    if now is None or not _is_same_draft(now, given.row) or before != given.before:
        raise Outdated

    await queries.insert_burnt_version(ctx.db, now.publisher, now.slug, semver.burnt_identity(version))
    version_id = ids.new_id()
    published = await _insert(ctx, integration_id, version_id, draft, body)
    if semver.becomes_current(body.version, now.current_version):
        await queries.update_current_version(ctx.db, integration_id, version_id, body.version, ctx.now)

    data = {"version": body.version, "integrationVersionId": f"intver_{version_id}"}
    await record(ctx, "integration.published", seen.workspace_id, "int", integration_id, data)
    return published


def no_version(place: str) -> Problem:
    return Problem(place, "invalid-version", "A version is strict semver 2.0, such as 1.2.3.")


def _is_same_draft(one: FoundDraft, other: FoundDraft) -> bool:
    """Whether both would be published alike; which version is current does not matter to that."""
    return all(
        bytes(getattr(one, name)) == bytes(getattr(other, name))
        for name in ("manifest", "variables_schema", "auth_config")
    ) and (one.publisher, one.slug) == (other.publisher, other.slug)


async def _insert(
    ctx: WriteContext, integration_id: Id, version_id: Id, draft: Draft[Problems], body: Publish
) -> IntegrationVersion:
    """Store the version, the templates that are not stored yet, and the members."""
    templates = await queries.insert_missing_templates(ctx.db, draft.members)
    member_versions = jsontext.encode({member.slug: f"entver_{member.entity.version_id}" for member in draft.members})
    shown = (draft.manifest_text, draft.variables_text, draft.auth_text, member_versions)
    new = NewVersion(
        id=version_id,
        integration_id=integration_id,
        version=body.version,
        precedence=semver.sort_key(body.version),
        manifest_snapshot=draft.manifest_text,
        variables_schema_snapshot=draft.variables_text,
        auth_config_snapshot=draft.auth_text,
        member_entity_versions=member_versions,
        changelog=body.changelog,
        dependencies=jsontext.encode(draft.dependencies),
        permissions=list(draft.manifest.permissions),
        allow_multiple_installs=draft.manifest.allow_multiple_installs,
        published_by=ctx.caller.user_id,
        published_at=ctx.now,
        size=sum(map(len, shown)) + len((body.changelog or "").encode()),
    )
    published = await queries.insert_version(ctx.db, new)
    await queries.insert_members(ctx.db, version_id, draft.workspace_id, draft.members, templates)
    return published
