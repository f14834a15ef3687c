"""The rules that a statement keeps so that it runs on a cluster as on one server, and what a text breaks of them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, OnConflictAction

from tests.statements.bounds import Bound, bound
from tests.statements.fan_outs import allowed
from tests.statements.levels import (
    KINDS,
    Kind,
    Level,
    Place,
    changed_table,
    function_name,
    given,
    last_field,
    nodes,
    parse,
    returning,
)

# What they do holds on one node only, or is lost on the way to others.
_DENIED = re.compile(r"set_config|pg_notify|nextval|setval|lastval|currval|.*advisory.*")
# Each node counts its own transactions.
_SNAPSHOT = re.compile(r"pg_current_xact_id.*|pg_current_snapshot|pg_snapshot_.*|pg_visible_in_snapshot|txid_.*")
# An UPDATE of spread tables takes no volatile function. A test asks the server whether these are what they are said to be.
STEADY = frozenset({"left", "octet_length", "right", "string_to_array", "unnest", "now"})
_AGGREGATES = frozenset(
    {"array_agg", "avg", "bool_and", "bool_or", "count", "every", "json_agg", "json_object_agg", "jsonb_agg"}
    | {"jsonb_object_agg", "max", "min", "string_agg", "sum"}
)


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    detail: str


Found = Iterator[Violation]


@cache
def violations(statement: str) -> tuple[Violation, ...]:
    """What a text breaks, but for what it may."""
    found = [
        violation
        for outermost in parse(statement)
        for level in outermost.walk()
        for rule in RULES
        for violation in rule(level)
    ]
    return tuple(violation for violation in dict.fromkeys(found) if not allowed(statement, violation.rule))


@cache
def workspace_lists(statement: str) -> frozenset[int]:
    """The numbers of the parameters that are lists of workspaces: of `workspace_id = any($n)`, whatever the table."""
    return frozenset(
        number
        for outermost in parse(statement)
        for level in outermost.walk()
        for node in _own_nodes(level)
        if isinstance(node, ast.A_Expr) and (number := _list(node)) is not None
    )


@cache
def workspaces_written(statement: str) -> frozenset[int]:
    """The numbers of the parameters that are the workspaces of the tenant rows that a statement writes."""
    return frozenset(
        number for outermost in parse(statement) for level in outermost.walk() for number in _written(level)
    )


@cache
def catalogue_locked(statement: str) -> frozenset[str]:
    """The catalogue tables whose rows a statement locks by its words. Foreign keys lock rows, too: the weakest way."""
    return frozenset(
        table
        for outermost in parse(statement)
        for level in outermost.walk()
        for clause in getattr(level.node, "lockingClause", None) or ()
        for alias in level.aliases(Kind.REFERENCE)
        if not clause.lockedRels or alias in {relation.relname for relation in clause.lockedRels}
        if (table := level.sources[alias].table) is not None
    )


def _written(level: Level) -> Iterator[int]:
    node = level.node
    if KINDS.get(changed_table(node)) is not Kind.TENANT:
        return
    if isinstance(node, ast.InsertStmt):
        for value in _inserted_workspaces(node):
            yield from _number(value)
    else:
        alias = next(iter(level.sources))
        for equal in (found for condition in level.conditions for found in nodes(condition.node, into=False)):
            if isinstance(equal, ast.A_Expr) and _is_workspace(level, alias, equal):
                yield from _number(equal.rexpr)


def _is_workspace(level: Level, alias: str, equal: ast.A_Expr) -> bool:
    left = equal.lexpr
    found = level.resolve(left) if isinstance(left, ast.ColumnRef) else None
    return found == (level, alias, "workspace_id") and equal.kind == A_Expr_Kind.AEXPR_OP


def _number(node: Any) -> Iterator[int]:
    node = _uncast(node)
    if isinstance(node, ast.ParamRef):
        yield given(node.number)


def _list(node: ast.A_Expr) -> int | None:
    value = node.rexpr.arg if isinstance(node.rexpr, ast.TypeCast) else node.rexpr
    column = last_field(node.lexpr) if isinstance(node.lexpr, ast.ColumnRef) else None
    named = isinstance(column, ast.String) and given(column.sval).endswith("workspace_id")
    return value.number if named and isinstance(value, ast.ParamRef) and node.kind == A_Expr_Kind.AEXPR_OP_ANY else None


def names_the_workspace_of_every_tenant_table(level: Level) -> Found:
    for alias in level.aliases(Kind.TENANT):
        table, how = level.sources[alias].table, bound(level, alias)
        if how is Bound.NONE:
            yield Violation("unbound", f"{table} {alias} names no workspace")
        elif how is Bound.BORROWED:
            yield Violation("borrowed", f"{table} {alias} has its workspace from where only one may be had from")


def joins_tenant_tables_within_a_workspace(level: Level) -> Found:
    several = [alias for alias in level.aliases(Kind.TENANT) if bound(level, alias) is not Bound.ONE]
    for alias in several[1:]:
        if not any(_same_workspace(level, alias, other) for other in several if other != alias):
            yield Violation("join", f"{alias} is joined with another tenant table, but not by the workspace")


def _same_workspace(level: Level, one: str, other: str) -> bool:
    wanted = {(level, one, "workspace_id"), (level, other, "workspace_id")}
    for node in (node for condition in level.conditions for node in nodes(condition.node, into=False)):
        if isinstance(node, ast.A_Expr) and isinstance(node.lexpr, ast.ColumnRef):
            right = level.resolve(node.rexpr) if isinstance(node.rexpr, ast.ColumnRef) else None
            if {level.resolve(node.lexpr), right} == wanted:
                return True
    return False


def locks_rows_of_one_workspace(level: Level) -> Found:
    for clause in getattr(level.node, "lockingClause", None) or ():
        named = [relation.relname for relation in clause.lockedRels or ()]
        for alias in level.aliases(Kind.TENANT):
            if (not named or alias in named) and bound(level, alias) is not Bound.ONE:
                yield Violation("lock", f"{alias} is locked in more than one workspace")


def hops_from_the_catalogue_by_in(level: Level) -> Found:
    """A correlated sub-select of a level of reference tables cannot reach tenant rows of several workspaces."""
    outer = level.parent
    if level.place not in {Place.CONDITION, Place.VALUE} or outer is None:
        return
    kinds = outer.kinds()
    if Kind.TENANT in kinds or Kind.REFERENCE not in kinds:
        return
    reached = [alias for inside in level.walk() for alias in inside.aliases(Kind.TENANT)]
    loose = any(
        bound(inside, alias) is not Bound.ONE for inside in level.walk() for alias in inside.aliases(Kind.TENANT)
    )
    if reached and loose and any(_reaches(inside, outer) for inside in level.walk()):
        yield Violation("correlated", f"{', '.join(reached)}: write IN, uncorrelated")


def _reaches(level: Level, outer: Level) -> bool:
    return any(found is not None and found[0] is outer for found in _columns(level))


def _columns(level: Level) -> Iterator[tuple[Level, str, str] | None]:
    for node in _own_nodes(level):
        if isinstance(node, ast.ColumnRef):
            yield level.resolve(node)


def _own_nodes(level: Level) -> Iterator[ast.Node]:
    """The nodes of a level without those of the levels inside."""
    for name in type(level.node).__slots__:
        yield from nodes(getattr(level.node, name), into=False)


def aggregates_in_a_lateral_name_one_workspace(level: Level) -> Found:
    if level.place is not Place.LATERAL or getattr(level.node, "groupClause", None):
        return
    calls = {function_name(node) for node in nodes(level.node.targetList, into=False) if isinstance(node, ast.FuncCall)}
    loose = [alias for alias in level.aliases(Kind.TENANT) if bound(level, alias) is not Bound.ONE]
    catalogue = any(
        found is not None and found[0] is not level and found[0].sources[found[1]].kind is Kind.REFERENCE
        for found in _columns(level)
    )
    if calls & _AGGREGATES and loose and catalogue:
        yield Violation("lateral-aggregate", f"{', '.join(loose)}: group by the workspace, or name one")


def inserts_into_one_workspace(level: Level) -> Found:
    node = level.node
    if not isinstance(node, ast.InsertStmt) or KINDS.get(changed_table(node)) is not Kind.TENANT:
        return
    if "workspace_id" not in [column.name for column in node.cols or ()]:
        yield Violation("insert-columns", f"{changed_table(node)}: the columns name no workspace")
        return
    if any(not isinstance(_uncast(value), ast.ParamRef) for value in _inserted_workspaces(node)):
        yield Violation("insert-workspace", f"{changed_table(node)}: the workspace is no parameter")
    if not _selected(node).valuesLists:
        yield from _insert_select(level)


def _inserted_workspaces(node: ast.InsertStmt) -> list[Any]:
    """What an INSERT gives each row as its workspace."""
    names = [column.name for column in node.cols or ()]
    if "workspace_id" not in names:
        return []
    at = names.index("workspace_id")
    select = _selected(node)
    rows = select.valuesLists or [[target.val for target in select.targetList]]
    return [row[at] for row in rows]


def _selected(node: ast.InsertStmt) -> Any:
    """The SELECT or VALUES of an INSERT."""
    return node.selectStmt


def _insert_select(level: Level) -> Found:
    node = level.node
    if not returning(node) and node.onConflictClause is None:
        yield Violation("returning", "INSERT … SELECT into a tenant table ends with RETURNING or has ON CONFLICT")
    selects = [inside for inside in level.inner if inside.node is node.selectStmt]
    for select in selects:
        if select.aliases(Kind.TENANT) and select.aliases(Kind.REFERENCE):
            yield Violation("anchored", "INSERT … SELECT reads tenant and reference tables at once")


def _uncast(node: Any) -> Any:
    return node.arg if isinstance(node, ast.TypeCast) else node


def updates_without_surprise(level: Level) -> Found:
    node = level.node
    if not isinstance(node, ast.UpdateStmt):
        return
    kind = KINDS.get(changed_table(node), Kind.LOCAL)
    if kind is Kind.LOCAL:
        return
    if kind is Kind.TENANT and any(set_.name == "workspace_id" for set_ in given(node.targetList)):
        yield Violation("moves", "a row never changes its workspace")
    for call in (found for found in nodes(node) if isinstance(found, ast.FuncCall)):
        if function_name(call) not in STEADY | _AGGREGATES:
            yield Violation("volatile", f"{function_name(call)} in an UPDATE is not known to be steady")


def resolves_conflicts_without_functions(level: Level) -> Found:
    conflict = getattr(level.node, "onConflictClause", None)
    if conflict is None or conflict.action != OnConflictAction.ONCONFLICT_UPDATE:
        return
    for found in nodes(conflict.targetList):
        if isinstance(found, ast.FuncCall | ast.SQLValueFunction):
            yield Violation("conflict-function", "ON CONFLICT … SET takes parameters and `excluded`, no function")


def changes_the_catalogue_without_tenant_rows(level: Level) -> Found:
    node = level.node
    if not isinstance(node, ast.UpdateStmt | ast.DeleteStmt) or KINDS.get(changed_table(node)) is not Kind.REFERENCE:
        return
    for inside in level.walk():
        for alias in inside.aliases(Kind.TENANT):
            yield Violation("reference-from-tenant", f"{changed_table(node)} is changed while {alias} is read")


def has_no_merge(level: Level) -> Found:
    node = level.node
    if isinstance(node, ast.MergeStmt) and KINDS.get(changed_table(node), Kind.LOCAL) is not Kind.LOCAL:
        yield Violation("merge", "MERGE")


def recurses_within_one_workspace(level: Level) -> Found:
    for alias in level.aliases(Kind.TENANT) if level.recursive else ():
        if bound(level, alias) is not Bound.ONE:
            yield Violation("recursive", f"{alias} is read over several workspaces in a recursive query")


def calls_nothing_of_one_server(level: Level) -> Found:
    for call in (found for found in _own_nodes(level) if isinstance(found, ast.FuncCall)):
        name = function_name(call)
        for rule, names in (("denied", _DENIED), ("snapshot", _SNAPSHOT)):
            if names.fullmatch(name):
                yield Violation(rule, f"{name} holds on one node only")


RULES: tuple[Callable[[Level], Found], ...] = (
    names_the_workspace_of_every_tenant_table,
    joins_tenant_tables_within_a_workspace,
    locks_rows_of_one_workspace,
    hops_from_the_catalogue_by_in,
    aggregates_in_a_lateral_name_one_workspace,
    inserts_into_one_workspace,
    updates_without_surprise,
    resolves_conflicts_without_functions,
    changes_the_catalogue_without_tenant_rows,
    has_no_merge,
    recurses_within_one_workspace,
    calls_nothing_of_one_server,
)
