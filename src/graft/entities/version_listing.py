"""The list of an entity's versions: what its workspace wrote, what a clone was last given, what installs pin."""

from dataclasses import replace
from typing import LiteralString

from graft.definitions.queries import PAGE_RENDERING, PAGE_WEIGHT, SHOWN
from graft.entities.access import EntityId, access_entity
from graft.entities.listing import DEFINITION, ENTITY_ID, sight
from graft.entities.models import EntityVersion
from graft.listing import JSON, TIMESTAMP, TRUE, Computed, Field, Resource, Sql, shorthands, sql
from graft.web.context import ReadContext
from graft.web.lists import ListEndpoint, ListPage, Pairs, Scope, id_field

_WRITTEN: LiteralString = """
select v.id, v.workspace_id, v.entity_id, v.definition, v.size, null::bigint as base_id, null::uuid as install_id,
  null::uuid as install_workspace_id, null::uuid as pinned_variables_id, null::json as pinned_ids,
  v.created_by, v.created_at
from entity_versions v
"""

# What an unedited clone was last given stands in no row of its own.
_GIVEN: LiteralString = """
select e.version_id as id, e.workspace_id, e.id as entity_id, e.definition, e.size, e.base_id,
  e.origin_install_id as install_id, e.workspace_id as install_workspace_id, e.pinned_variables_id, e.pinned_ids,
  null::uuid as created_by, e.updated_at as created_at
from entities e where e.definition is null
"""


def _pinned(condition: LiteralString) -> LiteralString:
    """Each version once, from the newest of the installs that show it."""
    return f"""(select distinct on (s.version_id) s.version_id as id, s.workspace_id, s.id as entity_id, s.definition,
      s.size, s.base_id, s.install_id, s.install_workspace_id, s.pinned_variables_id, s.pinned_ids, s.created_by,
      s.created_at
      from ({SHOWN} where {condition}) s
      order by s.version_id, s.installed_version_at desc nulls last, s.install_id desc)"""


def _all(scope: Scope) -> Sql:
    """Those of every entity that the caller finds in the list of entities."""
    sees = sight(scope.caller)
    arms: list[LiteralString] = []
    arms.append(f"{_WRITTEN} where {sees.mine('v.workspace_id')}")
    arms.append(f"{_GIVEN} and {sees.own}")
    if not sees.everything:
        granted = f"select e.workspace_id, e.id from entities e where {sees.granted}"
        arms.append(f"{_WRITTEN} where (v.workspace_id, v.entity_id) in ({granted})")
        arms.append(f"{_GIVEN} and {sees.granted}")
        arms.append(_pinned(sees.seen))
    return sql(f"({' union all '.join(arms)}) t", sees.workspaces, sees.subjects)


def _of_one(scope: Scope) -> Sql:
    """Those of one entity, of this workspace; workspace null: those that installs pin, as it is seen through them."""
    entity_id, kind, workspace_id = scope.options["entity"], scope.options["kind"], scope.options["workspace"]
    if workspace_id is None:
        sees = sight(scope.caller)
        pinned = _pinned(f"{sees.seen} and v.source_entity_id = $2")
        return sql(f"(select s.*, $3::text as kind from ({pinned}) s) t", sees.workspaces, entity_id, kind)
    return sql(
        f"""(select s.*, $3::text as kind from (
               {_WRITTEN} where v.entity_id = $1 and v.workspace_id = $2
               union all {_GIVEN} and e.id = $1 and e.workspace_id = $2) s) t""",
        entity_id,
        workspace_id,
        kind,
    )


VERSIONS: Resource[Scope] = Resource(
    name="entity-versions",
    source=_all,
    visible=lambda _scope: TRUE,
    fields={
        "id": id_field("t.id", "entver"),
        "entityId": Field("t.entity_id", ENTITY_ID),
        "definition": Field("t.definition", JSON),
        "createdBy": id_field("t.created_by", "usr", nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
    },
    shorthands=shorthands("createdBy"),
    # the id of a version that no row holds says nothing of its time
    default_order=(("createdAt", "desc"),),
)


LIST = ListEndpoint(
    replace(VERSIONS, source=_of_one),
    response=EntityVersion,
    shown={
        "entityId": Computed(lambda ctx: ctx.process.kinds.wire_id, ("t.kind", "t.entity_id")),
        "definition": DEFINITION,
    },
    joins=lambda _scope: sql(PAGE_RENDERING),
    weight=PAGE_WEIGHT,
    size=lambda version: len(version.definition),
)


async def list_entity_versions(ctx: ReadContext, entity: EntityId, query: Pairs) -> ListPage:
    """Of an own entity all; of a clone its edits and the one that it has; of others' those that installs pin."""
    seen = await access_entity(ctx, entity)
    workspace_id = None if seen.row.pinned else seen.workspace_id
    fixed = {"entity": seen.id, "kind": seen.row.kind, "workspace": workspace_id}
    return await LIST.page(ctx, query, fixed)


# What relations lead to.
RESOURCES = [VERSIONS]
