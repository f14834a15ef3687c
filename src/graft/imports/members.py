"""The members of a draft after an import: every operation of the document, as its author wants it to be one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graft import jsontext
from graft.ids import Id
from graft.imports import queries
from graft.imports.prepare import draft_of
from graft.integrations.access import AccessedIntegration, access_locked
from graft.integrations.create import replace_manifest
from graft.openapi_import import FUNCTION, PREFIXES, ImportPlan, manifest_members, numbered
from graft.web.context import WriteContext

# Members by the ids of their entities.
Aside = dict[str, Any]


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


def merged(
    members: Sequence[Mapping[str, Any]], import_plan: ImportPlan, aside: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], Aside]:
    """The members, and what is aside: entries for the same entities keep what their author set, others stay.

    The entries of operations that are gone go aside, and come back with them. A slug that somebody else has by now
    gets a number.
    """
    gone = {f"{PREFIXES[FUNCTION]}_{entity.id}" for entity in import_plan.gone}
    kept = [member for member in members if member["entityId"] not in gone]
    known = {member["entityId"] for member in kept}
    slugs = {member["slug"] for member in kept}
    put_aside: Aside = {name: member for name, member in aside.items() if name not in known}
    put_aside |= {member["entityId"]: member for member in members if member["entityId"] in gone}

    for new in manifest_members(import_plan):
        if new["entityId"] in known:
            continue
        member = put_aside.pop(new["entityId"], new)
        slug = numbered(member["slug"], slugs)
        slugs.add(slug)
        kept.append({**member, "slug": slug})

    return kept, put_aside
