"""How well the conditions of a query level pin its tables to workspaces: to one, to a list, or not."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType

from tests.statements.fan_outs import binds_on_purpose
from tests.statements.levels import Kind, Level, Place, given, last_field, returning


class Bound(IntEnum):
    """How well a column is pinned to workspaces. BORROWED: by an equality that hands on no list of them."""

    NONE = 0
    BORROWED = 1
    ANY = 2
    ONE = 3


def bound(level: Level, alias: str, column: str = "workspace_id", seen: frozenset[Any] = frozenset()) -> Bound:
    """How well a level's conditions pin a column of one of its sources."""
    here = (id(level), alias, column)
    if here in seen:
        return Bound.NONE
    seen |= {here}
    best = _of_rows(level.sources[alias].arms, column, seen)
    for condition in level.conditions:
        if condition.restricts is None or alias in condition.restricts:
            best = max(best, _pinned(level, (alias, column), condition.node, seen))
    return best


def _of_rows(arms: Sequence[Level], column: str, seen: frozenset[Any]) -> Bound:
    """That of a column which all arms of a sub-select give."""
    if not arms:
        return Bound.NONE
    names = _names(arms[0])
    at = names.index(column) if names and column in names else None
    return min(_given(arm, column, at, seen) for arm in arms)


def _given(arm: Level, column: str, at: int | None, seen: frozenset[Any]) -> Bound:
    targets = _targets(arm)
    if at is not None and _names(arm):
        return _worth(arm, targets[at].val, seen) if at < len(targets) else Bound.NONE
    for target in targets:
        if _is_star(target.val):
            wanted = [part.sval for part in target.val.fields if isinstance(part, ast.String)]
            for alias, source in arm.sources.items():
                if (not wanted or alias in wanted) and (source.arms or source.kind is Kind.TENANT):
                    return bound(arm, alias, column, seen)
        elif _name(target) == column:
            return _worth(arm, target.val, seen)
    return Bound.NONE


def _targets(level: Level) -> Sequence[Any]:
    node = level.node
    return (node.targetList or ()) if isinstance(node, ast.SelectStmt) else returning(node)


def _names(level: Level) -> list[str | None]:
    """The names of a level's columns; empty where a star stands among them."""
    targets = _targets(level)
    return [] if any(_is_star(target.val) for target in targets) else [_name(target) for target in targets]


def _name(target: ast.ResTarget) -> str | None:
    if target.name:
        return target.name
    last = last_field(target.val) if isinstance(target.val, ast.ColumnRef) else None
    return last.sval if isinstance(last, ast.String) else None


def _is_star(node: Any) -> bool:
    return isinstance(node, ast.ColumnRef) and isinstance(last_field(node), ast.A_Star)


def _pinned(level: Level, column: tuple[str, str], node: Any, seen: frozenset[Any]) -> Bound:
    match node:
        case ast.BoolExpr() if node.boolop == BoolExprType.AND_EXPR:
            return max(_pinned(level, column, item, seen) for item in given(node.args))
        case ast.BoolExpr() if node.boolop == BoolExprType.OR_EXPR:
            return min(
                Bound.ANY if binds_on_purpose(item) else _pinned(level, column, item, seen) for item in given(node.args)
            )
        case ast.SubLink() if binds_on_purpose(node) and any(_is(level, item, column) for item in _tested(node)):
            return Bound.ANY
        case ast.A_Expr() if given(node.name)[-1].sval == "=":
            purposely = any(_is(level, side, column) for side in (node.lexpr, node.rexpr)) and binds_on_purpose(node)
            return Bound.ANY if purposely else _equal(level, column, node, seen)
        case _:
            return Bound.NONE


def _tested(node: ast.SubLink) -> Sequence[Any]:
    return given(node.testexpr.args) if isinstance(node.testexpr, ast.RowExpr) else (node.testexpr,)


def _equal(level: Level, column: tuple[str, str], node: ast.A_Expr, seen: frozenset[Any]) -> Bound:
    left, right = _sides(node)
    if node.kind == A_Expr_Kind.AEXPR_OP_ANY:
        return Bound.ANY if _is(level, left, column) and _is_value(right) else Bound.NONE
    if node.kind == A_Expr_Kind.AEXPR_IN:
        return Bound.ANY if _is(level, left, column) and all(map(_is_value, right)) else Bound.NONE
    if node.kind != A_Expr_Kind.AEXPR_OP:
        return Bound.NONE
    best = Bound.NONE
    for one, other in _pairs(left, right):
        if _is(level, one, column):
            best = max(best, _worth(level, other, seen))
        if _is(level, other, column):
            best = max(best, _worth(level, one, seen))
    return best


def _sides(node: ast.A_Expr) -> tuple[Any, Any]:
    return node.lexpr, node.rexpr


def _pairs(left: Any, right: Any) -> Iterable[tuple[Any, Any]]:
    """What stands left and right, part by part where rows are compared."""
    if isinstance(left, ast.RowExpr) and isinstance(right, ast.RowExpr):
        return zip(given(left.args), given(right.args), strict=True)
    return [(left, right)]


def _is(level: Level, node: Any, column: tuple[str, str]) -> bool:
    return isinstance(node, ast.ColumnRef) and level.resolve(node) == (level, *column)


def _worth(level: Level, node: Any, seen: frozenset[Any]) -> Bound:
    """How well the column is pinned that equals this expression, or is this expression."""
    if _is_value(node):
        return Bound.ONE
    found = level.resolve(node) if isinstance(node, ast.ColumnRef) else None
    if found is None:
        return Bound.NONE
    owner, alias, name = found
    worth = bound(owner, alias, name, seen)
    if worth is Bound.NONE:
        return worth
    return worth if worth is Bound.ONE and not _fenced(level, owner) else Bound.BORROWED


def _fenced(level: Level, owner: Level) -> bool:
    """Whether a sub-select of the target list or a LATERAL stands between: nothing is handed on through those."""
    while level is not owner and level.parent is not None:
        if level.place in {Place.VALUE, Place.LATERAL}:
            return True
        level = level.parent
    return False


def _is_value(node: Any) -> bool:
    if isinstance(node, ast.TypeCast):
        return _is_value(node.arg)
    return isinstance(node, ast.ParamRef | ast.A_Const)
