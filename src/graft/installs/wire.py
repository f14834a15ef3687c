"""From rows to the wire."""

from collections.abc import Mapping
from typing import Any

from graft.db.connection import Row
from graft.installs.models import Config, Install, Member
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.web.models import user


def install(row: Row | Mapping[str, Any]) -> Install:
    return Install(
        id=f"intins_{row['id']}",
        integration_id=f"int_{row['integration_id']}",
        integration_version_id=f"intver_{row['version_id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        variables=row["variables"],
        auth_state_id=_prefixed("ats", row["auth_state_id"]),
        member_policy=row["member_policy"],
        parent_install_id=_prefixed("intins", row["parent_install_id"]),
        solution_id=_prefixed("sol", row["solution_id"]),
        installed_by=user(row["installed_by"]),
        installed_at=row["installed_at"],
        last_upgraded_at=row["last_upgraded_at"],
        deleted_at=row["deleted_at"],
        retention_tier=row["retention_tier"],
    )


def member(install_row: Row, row: Row, clone: Row | None, kinds: Kinds, variables: Mapping[str, Json]) -> Member:
    """A member row with its clone; a reference has none and carries what it pins itself."""
    shown = clone if clone is not None else row
    follows = shown["follows"]
    missing = [f"variables.{name}" for name in shown["variables"] if variables.get(name) is None] if follows else []
    deleted = row if row["deleted_at"] is not None or clone is None else clone
    return Member(
        id=f"intmem_{row['id']}",
        integration_install_id=f"intins_{install_row['id']}",
        workspace_id=f"wsp_{install_row['workspace_id']}",
        entity_id=kinds.wire_id(shown["kind"], row["id"] if clone is not None else row["source_entity_id"]),
        entity_version_id=f"entver_{clone['version_id'] if clone is not None else row['source_version_id']}",
        source_member_slug=row["slug"],
        is_clone=clone is not None,
        # what follows its version is of that version, though its row may be of an older one that had the same
        source_version_id=f"intver_{install_row['version_id'] if follows else shown['source_version']}",
        detached=row["detached_by"] is not None,
        enabled=row["enabled"],
        permissions=row["permissions"] or [],
        added_by=user(row["added_by"]),
        # a clone deleted by hand keeps its member, which says so
        deleted_at=deleted["deleted_at"],
        retention_tier=row["retention_tier"],
        added_at=row["added_at"],
        kind=shown["kind"],
        name=shown["name"],
        edited=clone is not None and clone["edited"],
        detached_by=row["detached_by"],
        held_paths=row["held_paths"] or [],
        config=Config("incomplete" if missing else "ready", missing),
    )


def _prefixed(prefix: str, value: str | None) -> str | None:
    return f"{prefix}_{value}" if value else None
