"""The list of the members of a published version, with their definitions in symbolic form."""

import re
from dataclasses import replace
from typing import LiteralString

from graft.listing import (
    BOOL,
    JSON,
    NOTHING,
    TEXT,
    TRUE,
    Computed,
    Field,
    Resource,
    Sql,
    counted,
    enumeration,
    fill,
    shorthands,
    sql,
)
from graft.versions.author_models import PublishedMember
from graft.versions.listing import VERSIONS
from graft.web.lists import ListEndpoint, Scope, id_field

# Members with the templates that their definitions are.
SOURCE: LiteralString = """
select m.*, t.body, t.body_size, t.refs, t.variables
from version_members m join templates t on t.id = m.template_id
"""


# What may be a member's slug: its author's, or one of the closure.
SLUG = re.compile(r"(?:schema:)?[a-z0-9][a-z0-9._-]{0,150}")
# Within its version a member is its slug; a text that can be none names no row.
_BY_SLUG = replace(TEXT, read_text=lambda text: text if SLUG.fullmatch(text) else NOTHING)


def _readable(scope: Scope) -> Sql:
    """Those of every version that the caller may read."""
    versions = fill("select t.id from {} where {}", VERSIONS.rows(scope), VERSIONS.seen(scope))
    return fill("({} where m.version_id in ({})) t", sql(SOURCE), versions)


def _of_one(scope: Scope) -> Sql:
    """Those of one version, which the caller sees."""
    return sql(f"({SOURCE} where m.version_id = $1::uuid) t", scope.options["version"])


MEMBERS: Resource[Scope] = Resource(
    name="version-members",
    source=_readable,
    visible=lambda _scope: TRUE,
    fields={
        "id": Field("t.slug", _BY_SLUG),
        "slug": Field("t.slug", TEXT),
        "kind": Field("t.kind", TEXT),
        "name": Field("t.name", TEXT),
        "description": Field("t.description", TEXT, nullable=True, orderable=False),
        "role": Field("t.role", enumeration("member", "closure")),
        "entityVersionId": id_field("t.source_version_id", "entver"),
        "required": Field("t.required", BOOL),
        "defaultEnabled": Field("t.default_enabled", BOOL),
        "forkOnInstall": Field("t.fork_on_install", BOOL),
        "definition": Field("t.body", JSON),
    },
    shorthands=shorthands("slug", "kind", "name", "role"),
    default_order=(("slug", "asc"),),
)

LIST = ListEndpoint(
    replace(MEMBERS, source=_of_one),
    response=PublishedMember,
    shown={
        "entityId": Computed(lambda ctx: ctx.process.kinds.wire_id, ("t.kind", "t.source_entity_id")),
        "dependsOn": "t.depends_on",
        "refersTo": "t.refs",
        "variables": "t.variables",
    },
    weight=f"coalesce(t.body_size, {counted('t.body')})",
)
