"""The list of an install's operations."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import LiteralString, get_args

import msgspec

from graft.history.models import Counts, Operation, OperationKind
from graft.listing import TEXT, TIMESTAMP, TRUE, Computed, Field, Resource, Shown, Sql, enumeration, shorthands, sql
from graft.operations.before import pack
from graft.web.context import ReadContext
from graft.web.lists import ListEndpoint, Scope, id_field, id_type, of_workspaces, workspace_predicate

# The member that a change is about: of those that touch one row and not the install's.
_ONE: LiteralString = """case when t.kind <> 'install' and t.before -> 'install' is null
  and coalesce(json_array_length(t.before -> 'members'), 0) <= 1
  and coalesce(json_array_length(t.before -> 'clones'), 0) <= 1
  and t.before -> 'new' is null and t.before -> 'gone' is null
  then coalesce(t.before -> 'members' -> 0 ->> 'id', t.before -> 'clones' -> 0 ->> 'id') end"""

# $3 is the id as images have it, $5 as they pack it.
_TOUCHES: LiteralString = """position($3::text in t.before::text) > 0 and (
    exists (select 1 from json_array_elements(t.before -> 'clones') x where x ->> 'id' = $3)
    or exists (select 1 from json_array_elements(t.before -> 'members') x where x ->> 'id' = $3))
  or position($5::text in t.before -> 'texts' ->> 0) > 0
  or position($5 in t.before ->> 'new') > 0 or position($5 in t.before ->> 'gone') > 0
  or (t.kind = 'install' or t.before -> 'went' is not null or t.before -> 'came' is not null)
    and exists (select 1 from install_members m where m.id = $4 and m.workspace_id = $2 and m.install_id = $1
      and m.added_at <= t.created_at)"""

_ONE_MORE, _ONE_OTHER, _ONE_LESS = Counts(added=1), Counts(updated=1), Counts(removed=1)
_OF_ONE: Mapping[str, Counts] = {
    **dict.fromkeys(("edit", "rename", "detach", "attach", "hold"), _ONE_OTHER),
    "delete": _ONE_LESS,
    "restore": _ONE_MORE,
}


def _undoing(scope: Scope) -> Sql:
    """The last operation that undid the whole: undoing one member undoes no part of the install's own row."""
    mine, _, workspaces = workspace_predicate(scope.caller)
    within = "" if scope.caller.platform_admin else f"and u.workspace_id {mine}"
    return sql(
        f"""left join lateral (
              select u.id from operations u
              where u.install_id = t.install_id and u.workspace_id = t.workspace_id and u.undoes = t.id {within}
                and (u.before -> 'install' is not null or t.before -> 'install' is null)
              order by u.id desc limit 1) w on true""",
        workspaces,
    )


def _history(scope: Scope) -> Sql:
    """Of one install; of those that touched one member, where it is named."""
    install_id, workspace_id = scope.options["install"], scope.options["workspace"]
    member_id = scope.options.get("member_id")
    if member_id is None:
        return sql(
            "(select t.* from operations t where t.install_id = $1 and t.workspace_id = $2) t", install_id, workspace_id
        )
    return sql(
        f"(select t.* from operations t where t.install_id = $1 and t.workspace_id = $2 and ({_TOUCHES})) t",
        install_id,
        workspace_id,
        member_id,
        member_id,
        pack([member_id]),
    )


OPERATIONS: Resource[Scope] = Resource(
    name="operations",
    source=sql("operations t"),
    visible=of_workspaces,
    fields={
        "id": id_field("t.id", "intopn"),
        "integrationInstallId": id_field("t.install_id", "intins"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "kind": Field("t.kind", enumeration(*get_args(OperationKind))),
        "reason": Field("t.reason", TEXT, nullable=True, orderable=False),
        "fromVersionId": id_field("t.from_version_id", "intver", nullable=True),
        "toVersionId": id_field("t.to_version_id", "intver", nullable=True),
        "undoes": id_field("t.undoes", "intopn", nullable=True),
        "createdBy": id_field("t.created_by", "usr", nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
    },
    shorthands=shorthands("kind", "createdBy"),
)


def _counts(_ctx: ReadContext) -> Callable[[str, bytes | None], Counts]:
    def read(kind: str, counts: bytes | None) -> Counts:
        if counts is not None:
            return msgspec.json.decode(bytes(counts), type=Counts)
        # of one member, or of a release that did not count
        return _OF_ONE.get(kind, Counts())

    return read


def _operation_id(_ctx: ReadContext) -> Callable[[str | None], str | None]:
    return lambda found: None if found is None else f"intopn_{found}"


def _member_id(_ctx: ReadContext) -> Callable[[str | None], str | None]:
    return lambda found: None if found is None else f"intmem_{found}"


SHOWN: Shown = {
    "counts": Computed(_counts, ("t.kind", "t.counts")),
    "memberId": Computed(_member_id, (_ONE,)),
    "undoneBy": Computed(_operation_id, ("w.id",)),
    "byKey": "t.key_id is not null",
}
LIST = ListEndpoint(
    replace(OPERATIONS, source=_history, visible=lambda _scope: TRUE),
    response=Operation,
    shown=SHOWN,
    joins=_undoing,
    options={"member_id": id_type("intmem")},
)
# of any install: for who reads one by its id
OF_ALL = ListEndpoint(OPERATIONS, response=Operation, shown=SHOWN, joins=_undoing)
