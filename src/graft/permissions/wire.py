"""From rows to the wire."""

from collections.abc import Callable

from graft.db.connection import Row
from graft.entities.access import kinds
from graft.permissions.models import Permission
from graft.web.context import ReadContext
from graft.web.models import user

INTEGRATION = "integration"
SUBJECT_PREFIXES = {"user": "usr", "workspace": "wsp"}


def permission(ctx: ReadContext) -> Callable[[Row], Permission]:
    """How this process shows a grant: the prefixes of entities are its kinds'."""
    registry = kinds(ctx.process)

    def shown(row: Row) -> Permission:
        kind, object_id = row["object_kind"], row["object_id"]
        subject = row["subject_kind"]
        return Permission(
            id=f"per_{row['id']}",
            entity_id=f"int_{object_id}" if kind == INTEGRATION else registry.wire_id(kind, object_id),
            workspace_id=f"wsp_{row['object_workspace_id']}",
            subject_id=f"{SUBJECT_PREFIXES[subject]}_{row['subject_id']}" if subject else None,
            tier=row["tier"],
            created_by=user(row["created_by"]),
            deleted_at=row["deleted_at"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )

    return shown
