"""The lists of integrations and of their reviews."""

from graft.auth.caller import Tier
from graft.integrations import wire
from graft.listing import TEXT, TIMESTAMP, TRUE, Field, Resource, Sql, enumeration, shorthands, sql
from graft.listing.sql import fill
from graft.web.listing import RETENTION, Listing, Scope, id_field


def _visible(scope: Scope) -> Sql:
    """Own ones; granted, public and installed ones while they live. Unlisted ones only for their own and grantees."""
    caller = scope.caller
    if caller.platform_admin:
        return sql("t.purged_at is null")
    return sql(
        """t.purged_at is null and (t.workspace_id = any($1::uuid[]) or t.deleted_at is null and (
             t.visibility = 'public'
             or t.id in (select p.object_id from permissions p where p.subject_id = any($2::uuid[]) and p.deleted_at is null)
             or t.visibility = 'private' and t.id in (
               select n.integration_id from installs n where n.workspace_id = any($1::uuid[]) and n.deleted_at is null)))""",
        caller.workspaces(),
        caller.subjects(),
    )


INTEGRATIONS: Resource[Scope] = Resource(
    name="integrations",
    source=sql("integrations t"),
    visible=_visible,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "int"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "slug": Field("t.slug", TEXT),
        "name": Field("t.name", TEXT),
        "description": Field("t.description", TEXT, nullable=True, orderable=False),
        "iconUrl": Field("t.icon_url", TEXT, nullable=True, orderable=False),
        "publisher": Field("t.publisher", TEXT),
        "trustTier": Field(
            "t.trust_tier",
            enumeration("first_party", "vendor_official", "verified_partner", "verified_publisher", "community"),
        ),
        "currentVersion": Field("t.current_version", TEXT, nullable=True),
        "visibility": Field("t.visibility", enumeration("private", "unlisted", "public")),
        "createdBy": id_field("t.created_by", "usr", nullable=True),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
        "updatedAt": Field("t.updated_at", TIMESTAMP),
    },
    shorthands=shorthands("workspaceId", "publisher", "visibility", "name", "trustTier", "createdBy", "retentionTier"),
)


def _columns(_scope: Scope) -> Sql:
    return sql(
        """t.id, t.workspace_id, t.slug, t.name, t.description, t.icon_url, t.publisher, t.trust_tier, t.current_version,
           t.visibility, t.created_by, t.deleted_at, t.retention_tier, t.created_at, t.updated_at,
           case when d.drafts then t.manifest else v.manifest_snapshot end as manifest,
           case when d.drafts then t.variables_schema else v.variables_schema_snapshot end as variables_schema,
           case when d.drafts then t.auth_config else v.auth_config_snapshot end as auth_config"""
    )


def _joins(scope: Scope) -> Sql:
    """The draft for its editors; for others the version that their workspace has installed, else the current one."""
    caller = scope.caller
    drafts = (
        TRUE
        if caller.platform_admin
        else sql(
            """t.workspace_id = any($1::uuid[]) or t.id in (select p.object_id from permissions p
             where p.subject_id = any($2::uuid[]) and p.tier in ('editor', 'admin') and p.deleted_at is null)""",
            caller.workspaces(Tier.EDITOR),
            caller.subjects(Tier.EDITOR),
        )
    )
    installed = sql(
        """left join (select distinct on (n.integration_id) n.integration_id, n.version_id from installs n
             where n.workspace_id = any($1::uuid[]) and n.deleted_at is null
             order by n.integration_id, n.installed_at desc) n on n.integration_id = t.id""",
        caller.workspaces(),
    )
    return fill(
        "left join lateral (select ({}) as drafts) d on true {} left join integration_versions v "
        "on v.id = coalesce(n.version_id, t.current_version_id) and not d.drafts",
        drafts,
        installed,
    )


LIST = Listing(INTEGRATIONS, _columns, lambda _ctx: wire.integration, joins=_joins)
