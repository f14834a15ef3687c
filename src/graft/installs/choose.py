"""What a call to install means: which version, under which parent, and which members of it."""

from collections.abc import Iterator, Sequence

from graft import ids
from graft.errors import Conflict, Problem, invalid
from graft.ids import Id
from graft.installs.models import InstallRequest
from graft.installs.rows import ActiveInstall
from graft.installs.selection import Choice, roots, select
from graft.integrations import queries as integrations
from graft.integrations.access import SeenIntegration, see_integration
from graft.jsontext import pointer
from graft.manifest import Manifest
from graft.version_members import VersionMember
from graft.versions import queries as versions
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


async def version_to_install(ctx: ReadContext, seen: SeenIntegration, pinned: str | None) -> FoundVersion:
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


def parent_of(text: str | None, active: Sequence[ActiveInstall]) -> Id | None:
    if text is None:
        return None
    parent_id = ids.parse("intins", text)
    if parent_id is None or all(row.id != parent_id for row in active):
        raise invalid("/parentInstallId", "unknown-install", "There is no such active install in the workspace.")
    return parent_id


def unknown_slugs(members: Sequence[VersionMember], body: InstallRequest) -> Iterator[Problem]:
    """A problem for each slug that the call selects and the version does not have."""
    declared = {member.slug for member in members if member.role == "member"}
    for at, slug in enumerate(body.selected_member_slugs or ()):
        if slug not in declared:
            detail = f"The version has no member {slug[:150]!r}."
            yield Problem(pointer("selectedMemberSlugs", at), "unknown-member", detail)


def choose(members: Sequence[VersionMember], parsed: Manifest, body: InstallRequest) -> dict[str, Choice]:
    policy = body.member_policy or parsed.defaults.member_policy
    wanted = roots(members, policy, None if body.selected_member_slugs is None else set(body.selected_member_slugs))
    return select(members, wanted)
