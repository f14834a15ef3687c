"""Choose the source of an import that names none: the line of documents that update the same entities."""

from collections.abc import Sequence

from graft import ids
from graft.errors import Conflict
from graft.ids import Id
from graft.imports import queries
from graft.imports.members import LockedDraft
from graft.openapi_import import FUNCTION, PREFIXES, Existing, ImportPlan, OperationKey, slug_of
from graft.web.context import WriteContext


async def choose_source(ctx: WriteContext, title: str, draft: LockedDraft | None, workspace_id: Id) -> str:
    """The source that the draft's members came from, if that is one; else the title of the document as a slug."""
    if draft is not None:
        entity_ids = {*(member["entityId"] for member in draft.members), *draft.aside}
        functions = [parsed for text in entity_ids if (parsed := ids.parse(PREFIXES[FUNCTION], text)) is not None]
        sources = await queries.select_sources(ctx.db, workspace_id, functions)
        if len(sources) == 1:
            return sources[0]
    return slug_of(title, "document")


def check_source(source: str, existing: Sequence[Existing], import_plan: ImportPlan) -> None:
    """`Conflict` `source-in-use` where the source has operations and none of them is in the document.

    For sources that the call did not name: two documents may have nothing but the title in common. Schemas do not
    count, because frameworks put the same ones into every document.
    """
    has_operations = any(isinstance(entity.key, OperationKey) and not entity.deleted for entity in existing)
    known = (*import_plan.changed, *import_plan.revived, *import_plan.unchanged)

    if has_operations and not any(write.kind == FUNCTION for write in known):
        detail = (
            f"The source {source} stands for other operations, and the document has none of them."
            " Say with the parameter source which line of documents this one belongs to."
        )
        raise Conflict(detail, code="source-in-use", extra={"source": source})
