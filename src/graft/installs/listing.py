"""The list of installs, and what relations reach of their members."""

from typing import get_args

from graft.entities.listing import ENTITY_ID
from graft.installs.models import Install
from graft.listing import BOOL, JSON, TEXT, TIMESTAMP, TRUE, Field, Resource, Sql, counted, enumeration, shorthands, sql
from graft.manifest import MemberPolicy
from graft.operations.before import DetachedBy
from graft.web.lists import RETENTION, ListEndpoint, Scope, id_field, of_workspaces, watched_own, workspace_predicate
from graft.web.relations import to_many, to_one

INSTALLS: Resource[Scope] = Resource(
    name="integration-installs",
    source=sql("installs t"),
    visible=of_workspaces,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "intins"),
        "integrationId": id_field("t.integration_id", "int"),
        "integrationVersionId": id_field("t.version_id", "intver"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "variables": Field("t.variables_id", JSON),
        "authStateId": id_field("t.auth_state_id", "ats", nullable=True),
        "memberPolicy": Field("t.member_policy", enumeration(*get_args(MemberPolicy))),
        "parentInstallId": id_field("t.parent_install_id", "intins", nullable=True),
        "solutionId": id_field("t.solution_id", "sol", nullable=True),
        "installedBy": id_field("t.installed_by", "usr", nullable=True),
        "installedAt": Field("t.installed_at", TIMESTAMP),
        "lastUpgradedAt": Field("t.last_upgraded_at", TIMESTAMP, nullable=True),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
    },
    relations={
        "integration": to_one("integrations", ("t.integration_id", "t.id")),
        "integrationVersion": to_one("integration-versions", ("t.version_id", "t.id")),
        "workspace": to_one("workspaces", ("t.workspace_id", "t.id")),
        "parentInstall": to_one(
            "integration-installs", ("t.workspace_id", "t.workspace_id"), ("t.parent_install_id", "t.id")
        ),
        "childInstalls": to_many(
            "integration-installs", ("t.workspace_id", "t.workspace_id"), ("t.id", "t.parent_install_id")
        ),
        "members": to_many("integration-members", ("t.workspace_id", "t.workspace_id"), ("t.id", "t.install_id")),
        "solution": to_one("solutions", ("t.workspace_id", "t.workspace_id"), ("t.solution_id", "t.id")),
    },
    shorthands=shorthands(
        "workspaceId",
        "integrationId",
        "integrationVersionId",
        "memberPolicy",
        "parentInstallId",
        "solutionId",
        "installedBy",
        "retentionTier",
    ),
    watches=lambda scope: None if scope.caller.platform_admin else watched_own(scope.caller, "installs"),
)


def _members(scope: Scope) -> Sql:
    """The members, a clone with the entity that has its id, a reference with the author's."""
    mine, _, workspaces = workspace_predicate(scope.caller)
    return sql(
        f"""(select m.*, coalesce(v.source_entity_id, m.id) as entity_id,
               coalesce(v.source_workspace_id, m.workspace_id) as entity_workspace_id
             from install_members m left join version_members v on v.id = m.base_id
             where {"true" if scope.caller.platform_admin else f"m.workspace_id {mine}"}) t""",
        workspaces,
    )


MEMBERS: Resource[Scope] = Resource(
    name="integration-members",
    source=_members,
    visible=lambda _scope: TRUE,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "intmem"),
        "integrationInstallId": id_field("t.install_id", "intins"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "entityId": Field("t.entity_id", ENTITY_ID),
        "sourceMemberSlug": Field("t.slug", TEXT),
        "isClone": Field("t.base_id is null", BOOL),
        "detached": Field("t.detached_by is not null", BOOL),
        "detachedBy": Field("t.detached_by", enumeration(*get_args(DetachedBy)), nullable=True),
        "enabled": Field("t.enabled", BOOL),
        "addedBy": id_field("t.added_by", "usr", nullable=True),
        "addedAt": Field("t.added_at", TIMESTAMP),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
    },
    relations={
        "install": to_one("integration-installs", ("t.workspace_id", "t.workspace_id"), ("t.install_id", "t.id")),
        "entity": to_one("entities", ("t.entity_workspace_id", "t.workspace_id"), ("t.entity_id", "t.id")),
    },
)


def _values(scope: Scope) -> Sql:
    """The present values of the variables, once the page is cut."""
    mine, _, workspaces = workspace_predicate(scope.caller)
    within = "" if scope.caller.platform_admin else f"and w.workspace_id {mine}"
    return sql(
        f"left join variable_states w on w.id = t.variables_id and w.workspace_id = t.workspace_id {within}", workspaces
    )


LIST = ListEndpoint(
    INSTALLS,
    response=Install,
    shown={"variables": "w.filled"},
    joins=_values,
    weight=f"coalesce(w.size, {counted('w.filled')})",
)

# What relations lead to.
RESOURCES = [INSTALLS, MEMBERS]
