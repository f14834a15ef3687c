"""The list of entities: own ones as they are, those of others as an install shows them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import msgspec

from graft import ids
from graft.auth.caller import Caller
from graft.auth.grants import grants_to
from graft.definitions.queries import OWN, PAGE_DOCUMENTS, PAGE_RENDERING, PAGE_SOURCE, PAGE_WEIGHT, SHOWN
from graft.definitions.render import reader
from graft.definitions.rows import Source
from graft.entities.models import Entity
from graft.ids import Id
from graft.listing import (
    JSON,
    TEXT,
    TIMESTAMP,
    TRUE,
    Computed,
    Field,
    Param,
    Resource,
    Sql,
    enumeration,
    identifier,
    shorthands,
    sql,
)
from graft.web.context import ReadContext
from graft.web.lists import RETENTION, ListEndpoint, Scope, id_field, id_type, workspace_predicate
from graft.web.relations import to_many, to_one

# Of any kind, as prefixes are data and not known here: an id is found by its uuid, which no two entities share.
ENTITY_ID = identifier(lambda text: ids.parse(text[:3], text))


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a caller sees, as conditions over the names of `OWN` and `SHOWN`.

    `$1` stands for `workspaces`, `$2` for `subjects`. `everything`: a platform admin's.
    """

    everything: bool
    workspaces: Any
    subjects: list[Id]
    _mine: LiteralString
    _others: LiteralString

    def mine(self, column: LiteralString) -> LiteralString:
        """That `column` is a workspace of the caller."""
        return "true" if self.everything else f"{column} {self._mine}"

    def foreign(self, column: LiteralString) -> LiteralString:
        """That it is none."""
        return "false" if self.everything else f"{column} {self._others}"

    @property
    def own(self) -> LiteralString:
        return self.mine("e.workspace_id")

    @property
    def granted(self) -> LiteralString:
        """Those of others that a grant names while they live. A grant to everybody makes nothing appear in a list."""
        granted = grants_to("$2", owner_lives=True, columns="p.object_workspace_id, p.object_id")
        return (
            f"""{self.foreign("e.workspace_id")} and e.deleted_at is null and (e.workspace_id, e.id) in ({granted})"""
        )

    @property
    def seen(self) -> LiteralString:
        return f"""{self.mine("m.workspace_id")} and {self.mine("i.workspace_id")} and m.deleted_at is null
          and m.base_id is not null"""


def sight(caller: Caller) -> Visibility:
    mine, others, workspaces = workspace_predicate(caller)
    return Visibility(caller.platform_admin, workspaces, caller.subjects(), mine, others)


def _rows(caller: Caller, source: str | None = None, install_id: Id | None = None) -> tuple[Sql, ...]:
    """One row an entity: the own or granted one, else as the newest version that shows it has it.

    An own one wins also when it is deleted, as it does where it is read by its id.
    """
    sees = sight(caller)
    made, shown = ("and e.origin_install_id = $3::uuid", "and m.install_id = $3::uuid") if install_id else ("", "")
    arms: list[LiteralString] = []
    # Outside of the choice of the newest: inside, the planner counts their cost at every row, and reads all versions.
    beside: LiteralString = "true"
    if source != "integration":
        own = f"{sees.own} {made}"
        arms.append(f"{OWN} where {own}")
        # an entity never changes its workspace, so few rows are looked up among the own ones
        beside = f"""({sees.foreign("d.workspace_id")} or d.id not in (select e.id from entities e where {own}))"""
    if source is None and not sees.everything:
        granted = f"{sees.granted} {made}"
        arms.append(f"{OWN} where {granted}")
        beside += f" and d.id not in (select e.id from entities e where {granted})"
    if not sees.everything or source == "integration" or install_id:
        arms.append(
            f"""select d.* from (
                  select distinct on (s.id) s.* from ({SHOWN} where {sees.seen} {shown}) s
                  order by s.id, s.installed_version_at desc nulls last, s.install_id desc) d
                where {beside}"""
        )
    values = [Param(value) for value in (sees.workspaces, sees.subjects, install_id)]
    return tuple([sql(arm, *values) for arm in arms])


def _listed(scope: Scope) -> tuple[Sql, ...]:
    return _rows(scope.caller, scope.options.get("source"), scope.options.get("integration_install_id"))


ENTITIES: Resource[Scope] = Resource(
    name="entities",
    source=lambda scope: _rows(scope.caller),
    visible=lambda _scope: TRUE,
    deleted_at="t.deleted_at",
    fields={
        "id": Field("t.id", ENTITY_ID),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "kind": Field("t.kind", TEXT),
        "slug": Field("t.slug", TEXT),
        "name": Field("t.name", TEXT),
        "description": Field("t.description", TEXT, nullable=True, orderable=False),
        "definition": Field("t.definition", JSON),
        "defaultVersionId": id_field("t.version_id", "entver"),
        "integrationInstallId": id_field("t.install_id", "intins", nullable=True),
        "createdBy": id_field("t.created_by", "usr", nullable=True),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
        "updatedAt": Field("t.updated_at", TIMESTAMP),
    },
    relations={
        "workspace": to_one("workspaces", ("t.workspace_id", "t.id")),
        "versions": to_many("entity-versions", ("t.workspace_id", "t.workspace_id"), ("t.id", "t.entity_id")),
        "memberships": to_many(
            "integration-members", ("t.workspace_id", "t.entity_workspace_id"), ("t.id", "t.entity_id")
        ),
    },
    shorthands=shorthands("workspaceId", "kind", "slug", "name", "createdBy", "retentionTier"),
)


def _definition(ctx: ReadContext) -> Callable[..., msgspec.Raw]:
    """One reader for all rows of a reply."""
    read = reader(ctx.process)
    return lambda *source: msgspec.Raw(read.definition(Source(*source)))


# Of a list that joins `PAGE_RENDERING`.
DEFINITION = Computed(_definition, PAGE_SOURCE, PAGE_DOCUMENTS)

LIST = ListEndpoint(
    replace(ENTITIES, source=_listed),
    response=Entity,
    shown={"id": Computed(lambda ctx: ctx.process.kinds.wire_id, ("t.kind", "t.id")), "definition": DEFINITION},
    joins=lambda _scope: sql(PAGE_RENDERING),
    options={"source": enumeration("workspace", "integration"), "integration_install_id": id_type("intins")},
    weight=PAGE_WEIGHT,
    size=lambda entity: len(entity.definition),
)

# What relations lead to.
RESOURCES = [ENTITIES]
