"""The members of a draft after an import: every operation of the document, as its author wants it to be one."""

from typing import Any, NamedTuple

from graft import jsontext
from graft.ids import Id
from graft.imports import queries
from graft.imports.plan import Aside, merged
from graft.imports.prepare import draft_of
from graft.integrations.access import AccessedIntegration, access_locked
from graft.integrations.create import replace_manifest
from graft.openapi_import import ImportPlan
from graft.web.context import WriteContext


class HeldDraft(NamedTuple):
    """A draft that nobody else changes until the end, with the members that earlier imports put aside."""

    seen: AccessedIntegration
    manifest: dict[str, Any]
    aside: Aside

    @property
    def members(self) -> list[dict[str, Any]]:
        return self.manifest.get("members", [])


async def hold_draft(ctx: WriteContext, text: str | None, workspace_id: Id) -> HeldDraft | None:
    """The draft whose manifest is to be written."""
    seen = await draft_of(ctx, text, workspace_id, access_locked)
    if seen is None:
        return None
    manifest = jsontext.decode(bytes(seen.shown.manifest))
    return HeldDraft(seen, manifest, await queries.members_aside(ctx.db, seen.id))


async def write_members(ctx: WriteContext, draft: HeldDraft, import_plan: ImportPlan) -> None:
    """Bring the draft's manifest up; members that go are put aside, so that they come back as they were."""
    members, aside = merged(draft.members, import_plan, draft.aside)
    changed = {**draft.manifest, "members": members}
    if changed != draft.manifest:
        await replace_manifest(ctx, draft.seen, changed)
    if aside != draft.aside:
        newest = list(aside.items())[-ctx.process.settings.max_members :]
        await queries.put_members_aside(ctx.db, draft.seen.id, dict(newest))
