"""From rows to the wire."""

import msgspec

from graft.db.connection import Row
from graft.integrations.models import Integration, Review
from graft.web.models import user

_EMPTY = msgspec.Raw(b"{}")


def integration(row: Row) -> Integration:
    return Integration(
        id=f"int_{row['id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        slug=row["slug"],
        name=row["name"],
        description=row["description"],
        icon_url=row["icon_url"],
        publisher=row["publisher"],
        trust_tier=row["trust_tier"],
        current_version=row["current_version"],
        manifest=row["manifest"] or _EMPTY,
        variables_schema=row["variables_schema"] or _EMPTY,
        auth_config=row["auth_config"] or _EMPTY,
        visibility=row["visibility"],
        created_by=user(row["created_by"]),
        deleted_at=row["deleted_at"],
        retention_tier=row["retention_tier"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def review(row: Row) -> Review:
    return Review(
        id=f"intrev_{row['id']}",
        integration_id=f"int_{row['integration_id']}",
        state=row["state"],
        reason=row["reason"],
        requested_by=user(row["requested_by"]),
        reviewed_by=user(row["reviewed_by"]),
        created_at=row["created_at"],
        reviewed_at=row["reviewed_at"],
    )
