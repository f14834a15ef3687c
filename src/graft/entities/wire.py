"""From rows to the wire."""

from collections.abc import Callable

import msgspec

from graft.db.connection import Row
from graft.definitions.render import Reader, reader
from graft.entities.models import Entity
from graft.kinds.registry import Kinds
from graft.web.context import ReadContext
from graft.web.models import user


def entity_reader(ctx: ReadContext) -> Callable[[Row], Entity]:
    """From a row with its rendering to the entity; one for all rows of a reply."""
    registry, read = ctx.process.kinds, reader(ctx.process)
    return lambda row: entity(row, read, registry)


def entity(row: Row, read: Reader, kinds: Kinds) -> Entity:
    return Entity(
        id=kinds.wire_id(row["kind"], row["id"]),
        workspace_id=f"wsp_{row['workspace_id']}",
        kind=row["kind"],
        slug=row["slug"],
        name=row["name"],
        description=row["description"],
        definition=msgspec.Raw(read.definition(row)),
        default_version_id=f"entver_{row['version_id']}",
        integration_install_id=f"intins_{row['install_id']}" if row["install_id"] else None,
        created_by=user(row["created_by"]),
        deleted_at=row["deleted_at"],
        retention_tier=row["retention_tier"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
