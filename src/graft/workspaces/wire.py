"""From rows to the wire."""

from graft.db.connection import Row
from graft.web.models import timestamp
from graft.web.models import user as user_id
from graft.workspaces.models import ApiKey, AuthState, NewApiKey, Publisher, User, Workspace, WorkspaceMember


def workspace(row: Row) -> Workspace:
    return Workspace(
        id=f"wsp_{row['id']}",
        slug=row["slug"],
        name=row["name"],
        description=row["description"],
        retention_tier=row["retention_tier"],
        created_by=user_id(row["created_by"]),
        deleted_at=row["deleted_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def member(row: Row) -> WorkspaceMember:
    return WorkspaceMember(
        id=f"wspmem_{row['id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        user_id=f"usr_{row['user_id']}",
        tier=row["tier"],
        created_by=user_id(row["created_by"]),
        deleted_at=row["deleted_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def user(row: Row) -> User:
    return User(
        id=f"usr_{row['id']}",
        email=row["email"],
        name=row["name"],
        platform_admin=row["platform_admin"],
        created_by=user_id(row["created_by"]),
        deleted_at=row["deleted_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def publisher(row: Row) -> Publisher:
    return Publisher(
        id=f"wsppub_{row['id']}",
        name=row["name"],
        workspace_id=f"wsp_{row['workspace_id']}",
        created_by=user_id(row["created_by"]),
        created_at=row["created_at"],
    )


def key(row: Row) -> ApiKey:
    workspace_id = row["workspace_id"]
    return ApiKey(
        id=f"apikey_{row['id']}",
        kind=row["kind"],
        workspace_id=f"wsp_{workspace_id}" if workspace_id else None,
        user_id=f"usr_{row['user_id']}",
        tier=row["tier"],
        name=row["name"],
        hint=row["hint"],
        expires_at=timestamp(row["expires_at"]),
        last_used_at=row["last_used_at"],
        created_by=user_id(row["created_by"]),
        deleted_at=row["deleted_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def new_key(row: Row, token: str) -> NewApiKey:
    shown = key(row)
    return NewApiKey(**{name: getattr(shown, name) for name in shown.__struct_fields__}, token=token)


def auth_state(row: Row) -> AuthState:
    return AuthState(
        id=f"ats_{row['id']}",
        workspace_id=f"wsp_{row['workspace_id']}",
        name=row["name"],
        type=row["type"],
        hint=row["hint"],
        created_by=user_id(row["created_by"]),
        deleted_at=row["deleted_at"],
        retention_tier=row["retention_tier"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
