"""The list of published versions."""

from dataclasses import replace
from typing import LiteralString

from graft.integrations.listing import PRECEDENCE, visible, watched_by_visible
from graft.listing import BOOL, JSON, TEXT, TIMESTAMP, Field, Resource, Sql, conjunction, counted, shorthands, sql
from graft.versions.models import IntegrationVersion
from graft.web.lists import ListEndpoint, Scope, id_field, id_type
from graft.web.relations import to_many, to_one


def _readable(scope: Scope) -> Sql:
    """The versions of each integration that the caller may read.

    Of an integration that it reads by an install alone: the version installed, even after the integration was deleted.
    """
    return visible(scope.caller, in_lists=False, integration="t.integration_id", held="n.version_id", held_always=True)


def _listed(scope: Scope) -> Sql:
    """What the list shows: versions of an unlisted integration only if `integration_id` names it."""
    integration_id = scope.options.get("integration_id")
    if integration_id is None:
        return visible(
            scope.caller, in_lists=True, integration="t.integration_id", held="n.version_id", held_always=True
        )
    return conjunction([_readable(scope), sql("t.integration_id = $1::uuid", integration_id)])


VERSIONS: Resource[Scope] = Resource(
    name="integration-versions",
    source=sql(
        """(select v.*, i.workspace_id, i.visibility, i.deleted_at, i.purged_at
            from integration_versions v join integrations i on i.id = v.integration_id) t"""
    ),
    visible=_readable,
    fields={
        "id": id_field("t.id", "intver"),
        "integrationId": id_field("t.integration_id", "int"),
        "version": Field("t.version", TEXT, rank=Field("t.precedence", PRECEDENCE)),
        "manifestSnapshot": Field("t.manifest_snapshot", JSON),
        "variablesSchemaSnapshot": Field("t.variables_schema_snapshot", JSON),
        "authConfigSnapshot": Field("t.auth_config_snapshot", JSON),
        "memberEntityVersions": Field("t.member_entity_versions", JSON),
        "changelog": Field("t.changelog", TEXT, nullable=True, orderable=False),
        "publishedBy": id_field("t.published_by", "usr", nullable=True),
        "publishedAt": Field("t.published_at", TIMESTAMP),
        "yanked": Field("exists (select from version_yanks y where y.id = t.id)", BOOL, orderable=False),
    },
    relations={
        "integration": to_one("integrations", ("t.integration_id", "t.id")),
        "installs": to_many("integration-installs", ("t.id", "t.version_id")),
    },
    shorthands=shorthands("version", "publishedBy"),
    # a yank writes its integration as well
    watches=lambda scope: [("integration_versions", None), *watched_by_visible(scope.caller)],
)

_DOCUMENTS: tuple[LiteralString, ...] = (
    "t.manifest_snapshot",
    "t.variables_schema_snapshot",
    "t.auth_config_snapshot",
    "t.member_entity_versions",
    "t.changelog",
)
LIST = ListEndpoint(
    replace(VERSIONS, visible=_listed),
    response=IntegrationVersion,
    options={"integration_id": id_type("int")},
    weight=f"coalesce(t.size, {counted(*_DOCUMENTS)})",
)

# What relations lead to.
RESOURCES = [VERSIONS]
