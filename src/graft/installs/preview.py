"""What an install without a selection would take, and why: of a version, or of the draft."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Forbidden, NotFound, invalid
from graft.ids import Id
from graft.installs.models import Preview, PreviewMember, PreviewQuery
from graft.installs.selection import Choice, roots, select
from graft.integrations.access import SeenIntegration, see_integration
from graft.kinds.registry import Kinds
from graft.manifest import ManifestMember, manifest
from graft.version_members import VersionMember
from graft.versions.access import access_version
from graft.versions.as_published import as_published
from graft.versions.compose import MemberVerdict, by_member
from graft.versions.draft import Draft, compose_in_turn
from graft.versions.members import members_of
from graft.web.context import PrepareContext, Process, ReadContext


async def preview(ctx: PrepareContext, integration_id: Id, query: PreviewQuery) -> Preview:
    """Of the version named; else of the current one; before the first publish of the draft, for its editors."""
    async with ctx.reading() as reading:
        found = await _of_published(reading, integration_id, query)
    if isinstance(found, Preview):
        return found
    draft = (await compose_in_turn(ctx, found, None, by_member)).draft
    return _of_draft(ctx.process, draft)


async def _of_published(ctx: ReadContext, integration_id: Id, query: PreviewQuery) -> Preview | SeenIntegration:
    """The preview of a version, or the integration whose draft is asked for."""
    if query.integration_version_id is not None and not query.draft:
        return await _of_version(ctx, integration_id, ids.parse("intver", query.integration_version_id))
    seen = await see_integration(ctx, integration_id)
    if query.draft and query.integration_version_id is not None:
        raise invalid("draft", "conflicting-parameters", "A preview is of the draft or of a version, not both.")
    if query.draft and seen.tier < Tier.EDITOR:
        raise Forbidden("Only editors see the draft.")
    version_id = seen.row.current_version_id if seen.by_own_right else seen.row.installed_version_id
    if query.draft or version_id is None:
        return Preview([]) if seen.tier < Tier.EDITOR else seen
    return await _of_version(ctx, integration_id, version_id)


async def _of_version(ctx: ReadContext, integration_id: Id, version_id: Id | None) -> Preview:
    """Of a version that the caller sees, as it does each that an install of its workspaces has."""
    version = await access_version(ctx, version_id) if version_id else None
    if version is None or version.integration_id != integration_id:
        raise NotFound
    members = (await members_of(ctx, [version.id]))[version.id]
    parsed = manifest.parse(jsontext.decode(bytes(version.manifest_snapshot)))
    chosen = select(members, roots(members, parsed.defaults.member_policy, None))
    return Preview(entries(ctx.process.kinds, members, chosen))


def entries(registry: Kinds, members: Sequence[VersionMember], chosen: Mapping[str, Choice]) -> list[PreviewMember]:
    """All members, those that are chosen among them, each with why or why not."""
    # what is not taken would come as it does where all are taken
    of_all = select(members, {member.slug: "policy" for member in members if member.role == "member"})
    return [
        PreviewMember(
            slug=member.slug,
            kind=member.kind,
            name=member.name,
            entity_id=registry.wire_id(member.kind, member.source_entity_id),
            entity_version_id=f"entver_{member.source_version_id}",
            role=member.role,
            required=member.required,
            default_enabled=member.default_enabled,
            fork_on_install=member.fork_on_install,
            depends_on=list(member.depends_on),
            selected=member.slug in chosen,
            reason=chosen[member.slug].reason if member.slug in chosen else "not-selected",
            refers_to=list(member.refs),
            arrives_as="clone" if (chosen.get(member.slug) or of_all[member.slug]).clone else "reference",
        )
        for member in members
    ]


def _of_draft(process: Process, draft: Draft[dict[str, MemberVerdict]]) -> Preview:
    """The draft's members as if published now; a broken one has what is wrong with it for a reason."""
    broken = draft.verdict
    composed = {member.slug: member for member in draft.members}
    sound = as_published(draft.members, {}, composed)
    chosen = select(sound, roots(sound, draft.manifest.defaults.member_policy, None))
    found = [
        replace(
            entry,
            selected=entry.selected and entry.slug not in broken,
            reason=broken[entry.slug].reason if entry.slug in broken else entry.reason,
            problems=broken[entry.slug].problems if entry.slug in broken else [],
        )
        for entry in entries(process.kinds, sound, chosen)
    ]
    return Preview(
        found + [_missing(member, broken) for member in draft.manifest.members if member.slug not in composed]
    )


def _missing(member: ManifestMember, broken: Mapping[str, MemberVerdict]) -> PreviewMember:
    """A member of which no definition could be made."""
    verdict = broken.get(member.slug, MemberVerdict("broken", []))
    return PreviewMember(
        slug=member.slug,
        kind=member.kind,
        name=member.slug,
        entity_id=member.entity_id,
        entity_version_id=None,
        role="member",
        required=member.required,
        default_enabled=member.default_enabled,
        fork_on_install=member.fork_on_install,
        depends_on=list(member.depends_on),
        selected=False,
        reason=verdict.reason,
        refers_to=[],
        arrives_as="clone" if member.fork_on_install else "reference",
        problems=verdict.problems,
    )
