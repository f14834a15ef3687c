"""A draft as the version that it would be, in memory: composed and judged as for publishing, and not stored."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graft import jsontext
from graft.errors import Problems, raise_if_any
from graft.integrations.access import SeenIntegration
from graft.version_members import VersionMember
from graft.versions import queries
from graft.versions.as_published import as_published
from graft.versions.compose import all_problems
from graft.versions.draft import Draft, compose_in_turn
from graft.versions.rows import Content
from graft.web.context import PrepareContext


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """`bodies`: template id → text, of the templates that are not stored."""

    draft: Draft[Problems]
    members: Sequence[VersionMember]
    bodies: Mapping[int, bytes]

    @property
    def content(self) -> Content:
        draft = self.draft
        return Content(
            self.members, draft.manifest, jsontext.decode(draft.variables_text), jsontext.decode(draft.auth_text)
        )


async def compose_as_version(ctx: PrepareContext, seen: SeenIntegration) -> DraftVersion:
    """The caller must be an editor of it, which is not checked here. `Invalid` with all that publish would refuse."""
    draft = (await compose_in_turn(ctx, seen, None, all_problems)).draft
    raise_if_any(Problems().take(draft.problems).take(draft.verdict), "The draft cannot be published.")

    async with ctx.reading() as reading:
        stored = await queries.select_template_ids(reading.db, {member.template.digest for member in draft.members})
    members = await asyncio.to_thread(as_published, draft.members, stored)
    bodies = {
        published.template_id: member.template.body
        for published, member in zip(members, draft.members, strict=True)
        if published.template_id < 0
    }
    return DraftVersion(draft, members, bodies)
