"""From rows to the wire."""

from graft.db.connection import Row
from graft.kinds.registry import Kinds
from graft.solutions.models import Solution, SolutionMember
from graft.web.models import user


def solution(row: Row) -> Solution:
    return Solution(
        id=f"sol_{row['id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        name=row["name"],
        description=row["description"],
        created_by=user(row["created_by"]),
        deleted_at=row["deleted_at"],
        retention_tier=row["retention_tier"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def member(row: Row, kinds: Kinds) -> SolutionMember:
    return SolutionMember(
        id=f"solmem_{row['id']}",
        solution_id=f"sol_{row['solution_id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        entity_id=kinds.wire_id(row["kind"], row["id"]),
        kind=row["kind"],
        name=row["name"],
        added_at=row["added_at"],
    )
