"""Bring the members of a draft up to an import: each operation is one, and what its author set of it stays."""

from typing import Any, NamedTuple

from graft import jsontext
from graft.ids import Id
from graft.imports import queries
from graft.imports.plan import Aside, merge_members
from graft.imports.prepare import access_draft
from graft.integrations.access import AccessedIntegration, access_locked
from graft.integrations.create import replace_manifest
from graft.openapi_import import ImportPlan
from graft.web.context import WriteContext


class LockedDraft(NamedTuple):
    """A draft whose row is locked until the end: its manifest as JSON values, and the members put aside."""

    seen: AccessedIntegration
    manifest: dict[str, Any]
    aside: Aside

    @property
    def members(self) -> list[dict[str, Any]]:
        return self.manifest.get("members", [])


async def access_draft_locked(ctx: WriteContext, text: str | None, workspace_id: Id) -> LockedDraft | None:
    """The draft with the wire id `text`, locked; `None` where the call names none. Errors as of `access_draft`."""
    seen = await access_draft(ctx, text, workspace_id, access_locked)
    if seen is None:
        return None

    manifest = jsontext.decode(bytes(seen.shown.manifest))
    return LockedDraft(seen, manifest, await queries.select_members_aside(ctx.db, seen.id))


async def write_members(ctx: WriteContext, draft: LockedDraft, import_plan: ImportPlan) -> None:
    """Write the manifest and the members put aside, where the plan changes them.

    At most as many members are aside as a manifest may have; the ones put aside first are dropped.
    """
    members, aside = merge_members(draft.members, import_plan, draft.aside)
    changed = {**draft.manifest, "members": members}
    if changed != draft.manifest:
        await replace_manifest(ctx, draft.seen, changed)

    if aside != draft.aside:
        newest = list(aside.items())[-ctx.process.settings.max_members :]
        await queries.update_members_aside(ctx.db, draft.seen.id, dict(newest))
