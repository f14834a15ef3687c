"""From rows to the wire."""

from graft.db.connection import Row
from graft.events.models import Event
from graft.web.models import user


def event(row: Row) -> Event:
    return Event(
        id=f"evt_{row['id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        type=row["type"],
        subject_id=f"{row['subject_prefix']}_{row['subject_id']}",
        actor_id=user(row["actor_id"]),
        data=row["data"],
        created_at=row["created_at"],
    )
