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
    """One condition a case.

    - Grants on objects of workspaces that the caller administers.
    - Grants to the caller's user or workspaces, while they hold.
    - Grants on objects that a grant makes the caller admin of.
    """
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
    """The id in a wire id of any prefix. The prefix need not be compared: ids are unique over all kinds."""
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


def _object_wire_id(ctx: ReadContext) -> Callable[[str, str], str]:
    """Makes the wire id of an object from its kind and id. Which prefix an entity has is a setting of its kind."""
    registry = ctx.process.kinds
    return lambda kind, object_id: f"int_{object_id}" if kind == INTEGRATION else registry.wire_id(kind, Id(object_id))


def _subject_wire_id(_ctx: ReadContext) -> Callable[[str | None, str | None], str | None]:
    return lambda kind, subject_id: f"{SUBJECT_PREFIXES[kind]}_{subject_id}" if kind is not None else None


LIST = ListEndpoint(
    PERMISSIONS,
    response=Permission,
    shown={
        "entityId": Computed(_object_wire_id, ("t.object_kind", "t.object_id")),
        "subjectId": Computed(_subject_wire_id, ("t.subject_kind", "t.subject_id")),
    },
)
