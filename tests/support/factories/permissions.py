"""Rows of permissions, written past the application."""

import asyncpg

from graft import clock, ids


async def new_grant(
    owner: asyncpg.Connection, object_id: str, subject_id: str | None, tier: str, workspace_id: str
) -> None:
    """A permission row, as an admin of the object would make it."""
    kind = "integration" if object_id.startswith("int_") else "function"
    subject = {"usr": "user", "wsp": "workspace"}[subject_id[:3]] if subject_id else None
    await owner.execute(
        """insert into permissions (id, object_kind, object_id, object_workspace_id, subject_kind, subject_id, tier,
           created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)""",
        ids.new_id(),
        kind,
        object_id.split("_")[1],
        workspace_id.removeprefix("wsp_"),
        subject,
        subject_id.split("_")[1] if subject_id else None,
        tier,
        clock.now(),
    )
