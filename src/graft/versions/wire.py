"""From rows to the wire."""

from graft.db.connection import Row
from graft.versions.models import IntegrationVersion
from graft.web.models import user


def version(row: Row) -> IntegrationVersion:
    return IntegrationVersion(
        id=f"intver_{row['id']}",
        integration_id=f"int_{row['integration_id']}",
        version=row["version"],
        manifest_snapshot=row["manifest_snapshot"],
        variables_schema_snapshot=row["variables_schema_snapshot"],
        auth_config_snapshot=row["auth_config_snapshot"],
        member_entity_versions=row["member_entity_versions"],
        changelog=row["changelog"],
        published_by=user(row["published_by"]),
        published_at=row["published_at"],
    )
