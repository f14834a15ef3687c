"""The lists of integrations and of their reviews."""

from dataclasses import replace
from typing import LiteralString, get_args

from graft.auth.caller import Caller, Tier
from graft.auth.grants import grants_to
from graft.integrations.models import Integration, Review, ReviewState, TrustTier, Visibility
from graft.listing import (
    JSON,
    TEXT,
    TIMESTAMP,
    TRUE,
    Field,
    Part,
    PublicRows,
    Resource,
    Shown,
    Sql,
    Watch,
    counted,
    enumeration,
    fill,
    shorthands,
    sort_key,
    sql,
)
from graft.manifest import semver
from graft.web.lists import (
    RETENTION,
    ListEndpoint,
    Scope,
    id_field,
    of_workspaces,
    watched,
    watched_own,
    workspace_predicate,
)
from graft.web.relations import to_many, to_one


def _precedence(text: str) -> str | None:
    """The text by which a version sorts; None if it is no semantic version."""
    return semver.sort_key(text) if semver.parse(text) else None


PRECEDENCE = sort_key(_precedence, "A semantic version is expected, such as 1.2.3 or 1.2.3-rc.1.")


def visible(
    caller: Caller, *, in_lists: bool, integration: LiteralString, held: LiteralString, held_always: bool = False
) -> Sql:
    """The condition of the rows `t`, integrations or their versions, that the caller may read.

    own: of a workspace of the caller, deleted or not
    public: to everybody, until it is deleted
    granted: to the user or workspace that has the grant, until it is deleted
    installed: to a workspace with an active install, until it is deleted; in lists only a private one
    unlisted, or granted to everybody: to whoever knows the id, so in no list; a filter that reaches it by a relation
        finds it, because the row at the near end holds the id
    purged: to nobody
    A publishable key reads what is public or unlisted, until it is deleted, and nothing that is granted or installed.

    in_lists: whether this is for a list, else for a relation or a list that names the integration
    integration: the column of `t` with the integration's id
    held: the column of `installs n` that equals `t.id` if the install shows `t`
    held_always: whether an install shows `t` even after the integration was deleted
    """
    if caller.platform_admin:
        return sql("t.purged_at is null")
    open_to_all, installed = (
        ("t.visibility = 'public'", "t.visibility = 'private' and") if in_lists else ("t.visibility <> 'private'", "")
    )
    if caller.kind == "publishable":
        return sql(f"t.deleted_at is null and {open_to_all}")
    mine, _, workspaces = workspace_predicate(caller)
    living: LiteralString = "" if held_always else "t.deleted_at is null and"
    return sql(
        f"""t.purged_at is null and (t.workspace_id {mine} or t.deleted_at is null and (
              {open_to_all}
              or {integration} in ({grants_to("$2", everybody=not in_lists)}))
              or {living} {installed} t.id in (
                select {held} from installs n where n.workspace_id {mine} and n.deleted_at is null))""",
        workspaces,
        caller.subjects(),
    )


def watched_by_visible(caller: Caller) -> list[Watch]:
    """The watches of every table that `visible` reads."""
    if caller.platform_admin or caller.kind == "publishable":
        return [("integrations", None)]
    return [("integrations", None), ("permissions", None), *watched_own(caller, "installs")]


def _readable(scope: Scope) -> Sql:
    return visible(scope.caller, in_lists=False, integration="t.id", held="n.integration_id")


def _listed(scope: Scope) -> Sql:
    return visible(scope.caller, in_lists=True, integration="t.id", held="n.integration_id")


def _parts_of_lists(scope: Scope, related: bool) -> list[Part]:
    """The rows of `_listed` that are not deleted, in parts: the public ones, then the few others that this caller sees.

    An integration that only an install shows is seen with one version, the installed one, and not with all. So if
    relations are asked for (`related`), these are a part of their own, which is not `whole`.
    """
    caller = scope.caller
    public = Part(sql("t.visibility = 'public' and t.deleted_at is null"), whole=True)
    if caller.kind == "publishable":
        return [public]
    if caller.platform_admin:
        return [public, Part(sql("t.visibility <> 'public' and t.deleted_at is null"), whole=True)]

    mine, others, workspaces = workspace_predicate(caller)
    granted = grants_to("$2")
    given: LiteralString = f"""
      select o.id from integrations o
      where o.workspace_id {mine} and o.visibility <> 'public' and o.deleted_at is null
      union all {granted}"""
    installed: LiteralString = (
        f"select n.integration_id from installs n where n.workspace_id {mine} and n.deleted_at is null"
    )

    def part(text: LiteralString, *, whole: bool = False, ids: Sql | None = None) -> Part:
        living = sql(f"t.visibility <> 'public' and t.deleted_at is null and {text}", workspaces, caller.subjects())
        return Part(living, whole, ids)

    if not related:
        seen = f"(t.workspace_id {mine} or t.visibility = 'private' or t.id in ({granted}))"
        return [public, part(f"{seen} and t.id in ({given} union all {installed})")]
    held = f"t.visibility = 'private' and t.workspace_id {others} and t.id not in ({granted}) and t.id in ({installed})"
    return [public, part(f"t.id in ({given})", whole=True), part(held, ids=sql(installed, workspaces))]


# The versions of one integration with all that filters ask of them; the join goes where nothing asks for yanks.
_VERSIONS: LiteralString = """(select v.*, y.id is not null as yanked
  from integration_versions v left join version_yanks y on y.id = v.id) t"""

INTEGRATIONS: Resource[Scope] = Resource(
    name="integrations",
    source=sql("integrations t"),
    visible=_readable,
    deleted_at="t.deleted_at",
    fields={
        "id": id_field("t.id", "int"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "slug": Field("t.slug", TEXT),
        "name": Field("t.name", TEXT),
        "description": Field("t.description", TEXT, nullable=True, orderable=False),
        "iconUrl": Field("t.icon_url", TEXT, nullable=True, orderable=False),
        "publisher": Field("t.publisher", TEXT),
        "trustTier": Field("t.trust_tier", enumeration(*get_args(TrustTier))),
        "currentVersion": Field(
            "t.current_version", TEXT, nullable=True, rank=Field("t.current_precedence", PRECEDENCE, nullable=True)
        ),
        "manifest": Field("t.manifest", JSON),
        "variablesSchema": Field("t.variables_schema", JSON),
        "authConfig": Field("t.auth_config", JSON),
        "visibility": Field("t.visibility", enumeration(*get_args(Visibility))),
        "createdBy": id_field("t.created_by", "usr", nullable=True),
        "deletedAt": Field("t.deleted_at", TIMESTAMP, nullable=True),
        "retentionTier": Field("t.retention_tier", RETENTION, nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
        "updatedAt": Field("t.updated_at", TIMESTAMP),
    },
    relations={
        "workspace": to_one("workspaces", ("t.workspace_id", "t.id")),
        "versions": to_many("integration-versions", ("t.id", "t.integration_id"), belonging=sql(_VERSIONS)),
        "installs": to_many("integration-installs", ("t.id", "t.integration_id")),
    },
    shorthands=shorthands("workspaceId", "publisher", "visibility", "name", "trustTier", "createdBy", "retentionTier"),
    watches=lambda scope: watched_by_visible(scope.caller),
    # no condition on `purged_at`: what was purged is deleted as well
    public_rows=PublicRows("visibility", "public", [("integrations", None)]),
)


def _joins(scope: Scope) -> Sql:
    """Whether the caller reads the draft (`d.drafts`), and the version `v` whose documents it reads otherwise.

    Editors read the draft. Others read the version that their workspace has installed, else the current one.
    """
    caller = scope.caller
    drafts = (
        TRUE
        if caller.platform_admin
        else sql(
            f"t.workspace_id = any($1::uuid[]) or t.id in ({grants_to('$2', tier=Tier.EDITOR)})",
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
        # `offset 0` keeps the planner from repeating the condition of `drafts` in each column
        "left join lateral (select ({}) as drafts offset 0) d on true {} left join integration_versions v "
        "on v.id = coalesce(n.version_id, t.current_version_id) and not d.drafts",
        drafts,
        installed,
    )


def _document(name: LiteralString) -> LiteralString:
    """The expression of a document over `_joins`: the draft's, the version's, or `{}` if nothing was published."""
    return f"case when d.drafts then t.{name} else coalesce(v.{name}_snapshot, '{{}}') end"


_SHOWN: Shown = {
    "manifest": _document("manifest"),
    "variablesSchema": _document("variables_schema"),
    "authConfig": _document("auth_config"),
}
_DRAFT = counted("t.manifest", "t.variables_schema", "t.auth_config")
_VERSION = counted("v.manifest_snapshot", "v.variables_schema_snapshot", "v.auth_config_snapshot")
_WEIGHT: LiteralString = f"case when d.drafts then coalesce(t.size, {_DRAFT}) else coalesce(v.size, {_VERSION}) end"
LIST = ListEndpoint(
    replace(INTEGRATIONS, visible=_listed, parts=_parts_of_lists),
    response=Integration,
    shown=_SHOWN,
    joins=_joins,
    weight=_WEIGHT,
)

REVIEWS: Resource[Scope] = Resource(
    name="integration-reviews",
    source=sql(
        """(select r.*, i.workspace_id from integration_reviews r
             join integrations i on i.id = r.integration_id and i.purged_at is null) t"""
    ),
    visible=of_workspaces,
    fields={
        "id": id_field("t.id", "intrev"),
        "integrationId": id_field("t.integration_id", "int"),
        "state": Field("t.state", enumeration(*get_args(ReviewState))),
        "reason": Field("t.reason", TEXT, nullable=True, orderable=False),
        "requestedBy": id_field("t.requested_by", "usr", nullable=True),
        "reviewedBy": id_field("t.reviewed_by", "usr", nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
        "reviewedAt": Field("t.reviewed_at", TIMESTAMP, nullable=True),
    },
    relations={"integration": to_one("integrations", ("t.integration_id", "t.id"))},
    shorthands=shorthands("integrationId", "state", "requestedBy", "reviewedBy"),
    watches=watched("integration_reviews", "integrations"),
)


REVIEW_LIST = ListEndpoint(REVIEWS, response=Review)

# What relations lead to.
RESOURCES = [INTEGRATIONS]
