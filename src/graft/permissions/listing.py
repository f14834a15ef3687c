"""The list of grants."""

from collections.abc import Callable

from graft import ids
from graft.auth.caller import Tier
from graft.auth.grants import grants_to
from graft.ids import Id
from graft.listing import TIMESTAMP, TRUE, Computed, Field, Resource, Sql, identifier, shorthands, sql
from graft.permissions.models import Permission
from graft.permissions.rows import INTEGRATION, SUBJECT_PREFIXES
from graft.web.context import ReadContext
from graft.web.lists import TIERS, ListEndpoint, Scope, id_field


def _visible(scope: Scope) -> Sql:
    """All on what the caller administers, by a role or by a grant; and those that it profits from itself."""
    caller = scope.caller
    if caller.platform_admin:
        return TRUE
    return sql(
        f"""t.object_workspace_id = any($1::uuid[])
           or t.deleted_at is null and t.subject_id = any($2::uuid[])
           or t.object_id in ({grants_to("$3", tier=Tier.ADMIN)})""",
        caller.workspaces(Tier.ADMIN),
        caller.subjects(),
        caller.subjects(Tier.ADMIN),
    )


def _subject_id(text: str) -> str | None:
    return ids.parse("usr", text) or ids.parse("wsp", text)


def _object_id(text: str) -> str | None:
    """The id, whatever kind of object it is an id of: ids are unique over all kinds."""
    return ids.parse(text.partition("_")[0], text)


PERMISSIONS: Resource[Scope] = Resource(
    name="permissions",
    source=sql("permissions t"),
    visible=_visible,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "per"),
        "entityId": Field("t.object_id", identifier(_object_id)),
        "workspaceId": id_field("t.object_workspace_id", "wsp"),
        "subjectId": Field("t.subject_id", identifier(_subject_id), nullable=True),
        "tier": Field("t.tier", TIERS),
        "createdBy": id_field("t.created_by", "usr", nullable=True),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
        "updatedAt": Field("t.updated_at", TIMESTAMP),
    },
    catalogue=True,
    shorthands=shorthands("entityId", "workspaceId", "subjectId", "tier", "createdBy"),
)


def _shown_object(ctx: ReadContext) -> Callable[[str, str], str]:
    """The wire id of what a grant is on, by its kind: the prefixes of entities are its kinds'."""
    registry = ctx.process.kinds
    return lambda kind, found: f"int_{found}" if kind == INTEGRATION else registry.wire_id(kind, Id(found))


def _shown_subject(_ctx: ReadContext) -> Callable[[str | None, str | None], str | None]:
    return lambda kind, found: f"{SUBJECT_PREFIXES[kind]}_{found}" if kind is not None else None


LIST = ListEndpoint(
    PERMISSIONS,
    response=Permission,
    shown={
        "entityId": Computed(_shown_object, ("t.object_kind", "t.object_id")),
        "subjectId": Computed(_shown_subject, ("t.subject_kind", "t.subject_id")),
    },
)
