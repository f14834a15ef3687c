"""Solutions: each groups the clones of one install. Their rows are written with installs alone; this reads them."""

from graft.entities.listing import ENTITY_ID
from graft.ids import Id
from graft.installs.models import Solution, SolutionMember
from graft.listing import TEXT, TIMESTAMP, TRUE, Computed, Field, Resource, Sql, shorthands, sql
from graft.web.context import ReadContext
from graft.web.lists import RETENTION, ListEndpoint, Scope, id_field, of_workspaces, workspace_predicate
from graft.web.relations import to_one
from graft.web.row import read_row

SOLUTIONS: Resource[Scope] = Resource(
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


SOLUTION_MEMBERS: Resource[Scope] = Resource(
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


SOLUTION_LIST = ListEndpoint(SOLUTIONS, response=Solution)
SOLUTION_MEMBER_LIST = ListEndpoint(
    SOLUTION_MEMBERS,
    response=SolutionMember,
    shown={"entityId": Computed(lambda ctx: ctx.process.kinds.wire_id, ("t.kind", "t.id"))},
)


async def read_solution(ctx: ReadContext, solution_id: Id) -> Solution:
    """Deleted or not, as its install."""
    return await read_row(SOLUTION_LIST, ctx, solution_id)


# What relations lead to.
RESOURCES = [SOLUTIONS]
