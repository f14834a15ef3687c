"""The lists of solutions and of their members."""

from functools import partial

from graft.entities.access import kinds
from graft.entities.listing import ENTITY_ID
from graft.listing import TEXT, TIMESTAMP, TRUE, Field, Resource, Sql, shorthands, sql
from graft.solutions import wire
from graft.web.lists import RETENTION, ListEndpoint, Scope, id_field, of_workspaces, workspace_predicate
from graft.web.relations import declared, to_one

SOLUTIONS: Resource[Scope] = declared(
    Resource(
        name="solutions",
        source=sql("solutions t"),
        visible=of_workspaces,
        deleted_at="t.deleted_at",
        fields={
            "id": id_field("t.id", "sol"),
            "workspaceId": id_field("t.workspace_id", "wsp"),
            "name": Field("t.name", TEXT),
            "description": Field("t.description", TEXT, nullable=True, orderable=False),
            "createdBy": id_field("t.created_by", "usr", nullable=True),
            "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
            "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
            "createdAt": Field("t.created_at", TIMESTAMP),
            "updatedAt": Field("t.updated_at", TIMESTAMP),
        },
        relations={"workspace": to_one("workspaces", ("t.workspace_id", "t.id"))},
        shorthands=shorthands("workspaceId", "name", "createdBy", "retentionTier"),
    )
)


def _members(scope: Scope) -> Sql:
    """The living clones of living installs; a member has the id of its clone."""
    mine, _, workspaces = workspace_predicate(scope.caller)
    each = (
        "true"
        if scope.caller.platform_admin
        else f"i.workspace_id {mine} and m.workspace_id {mine} and e.workspace_id {mine}"
    )
    return sql(
        f"""(select m.id, m.workspace_id, i.solution_id, e.kind, e.name, m.added_at
             from installs i
             join install_members m on m.install_id = i.id and m.workspace_id = i.workspace_id
             join entities e on e.id = m.id and e.workspace_id = m.workspace_id
             where {each} and i.solution_id is not null and m.base_id is null and m.deleted_at is null
               and e.deleted_at is null) t""",
        workspaces,
    )


MEMBERS: Resource[Scope] = Resource(
    name="solution-members",
    source=_members,
    visible=lambda _scope: TRUE,
    fields={
        "id": id_field("t.id", "solmem"),
        "solutionId": id_field("t.solution_id", "sol"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "entityId": Field("t.id", ENTITY_ID),
        "kind": Field("t.kind", TEXT),
        "name": Field("t.name", TEXT),
        "addedAt": Field("t.added_at", TIMESTAMP),
    },
    relations={
        "solution": to_one("solutions", ("t.workspace_id", "t.workspace_id"), ("t.solution_id", "t.id")),
        "entity": to_one("entities", ("t.workspace_id", "t.workspace_id"), ("t.id", "t.id")),
    },
    shorthands=shorthands("solutionId", "workspaceId", "entityId", "kind", "name"),
)

LIST = ListEndpoint(
    SOLUTIONS,
    lambda _scope: sql(
        """t.id, t.workspace_id, t.name, t.description, t.created_by, t.deleted_at, t.retention_tier, t.created_at,
           t.updated_at"""
    ),
    lambda _ctx: wire.solution,
)
MEMBER_LIST = ListEndpoint(
    MEMBERS,
    lambda _scope: sql("t.id, t.workspace_id, t.solution_id, t.kind, t.name, t.added_at"),
    lambda ctx: partial(wire.member, kinds=kinds(ctx.process)),
)
