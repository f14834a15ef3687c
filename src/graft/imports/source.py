"""Which line of documents an import is of, where the call does not say it."""

from collections.abc import Sequence

from graft import ids
from graft.errors import Conflict
from graft.ids import Id
from graft.imports import queries
from graft.imports.members import HeldDraft
from graft.openapi_import import FUNCTION, PREFIXES, Existing, ImportPlan, OperationKey, slug_of
from graft.web.context import WriteContext


async def source_of(ctx: WriteContext, title: str, draft: HeldDraft | None, workspace_id: Id) -> str:
    """The only one that the draft's members came from, else what the title says."""
    if draft is not None:
        named = {*(member["entityId"] for member in draft.members), *draft.aside}
        found = [parsed for text in named if (parsed := ids.parse(PREFIXES[FUNCTION], text)) is not None]
        sources = await queries.sources(ctx.db, workspace_id, found)
        if len(sources) == 1:
            return sources[0]
    return slug_of(title, "document")


def check_source(source: str, existing: Sequence[Existing], import_plan: ImportPlan) -> None:
    """Refuse a source that nobody named where this document has no operation of those it stands for.

    Two documents may have nothing but the title in common. Schemas do not count: frameworks put the same ones into
    every document.
    """
    has_operations = any(isinstance(entity.key, OperationKey) and not entity.deleted for entity in existing)
    known = (*import_plan.changed, *import_plan.revived, *import_plan.unchanged)
    if has_operations and not any(write.kind == FUNCTION for write in known):
        detail = (
            f"The source {source} stands for other operations, and the document has none of them."
            " Say with the parameter source which line of documents this one belongs to."
        )
        raise Conflict(detail, code="source-in-use", extra={"source": source})
