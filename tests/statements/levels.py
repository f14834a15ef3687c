"""Reads a statement as PostgreSQL's own parser does: its query levels, and what each of them reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import pglast
from pglast import ast
from pglast.enums import JoinType, SetOperation

from graft.db.tables import TABLES, Kind

_Part = TypeVar("_Part")


class Place(Enum):
    """Where a level stands in the one around it."""

    WHOLE = "whole"
    CONDITION = "condition"
    VALUE = "value"
    LATERAL = "lateral"
    ROWS = "rows"


# What is not declared, such as the system's catalogue, is LOCAL.
KINDS = {table.name: table.kind for table in TABLES}


@dataclass(slots=True)
class Source:
    """What stands under an alias: a table, or the rows of levels (several where they are united)."""

    table: str | None = None
    arms: "Sequence[Level]" = ()

    @property
    def kind(self) -> Kind | None:
        return KINDS.get(self.table, Kind.LOCAL) if self.table else None


@dataclass(slots=True)
class Condition:
    """What stands under WHERE or ON. Of an outer join it restricts only the side that may be null."""

    node: ast.Node
    restricts: frozenset[str] | None = None


@dataclass(slots=True, eq=False)
class Level:
    """One SELECT, INSERT, UPDATE, DELETE or MERGE, with the levels inside of it."""

    node: Any
    place: Place
    parent: "Level | None"
    rows_of: dict[str, Source]
    sources: dict[str, Source] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    inner: "list[Level]" = field(default_factory=list)
    recursive: bool = False

    def walk(self) -> "Iterator[Level]":
        yield self
        for level in self.inner:
            yield from level.walk()

    def aliases(self, kind: Kind) -> list[str]:
        return [alias for alias, source in self.sources.items() if source.kind is kind]

    def kinds(self) -> set[Kind]:
        """Those of the tables that its rows come from, sub-selects under FROM included."""
        found = {source.kind for source in self.sources.values() if source.kind is not None}
        return found.union(*(arm.kinds() for source in self.sources.values() for arm in source.arms))

    def resolve(self, column: ast.ColumnRef) -> "tuple[Level, str, str] | None":
        """The level, alias and name of a column. Without an alias it is that of a level with one source."""
        fields = given(column.fields)
        names = [given(part.sval) for part in fields if isinstance(part, ast.String)]
        if len(names) != len(fields) or not names:
            return None
        if len(names) == 1:
            return (self, next(iter(self.sources)), names[0]) if len(self.sources) == 1 else None
        level: Level | None = self
        while level is not None:
            if names[-2] in level.sources:
                return level, names[-2], names[-1]
            level = level.parent
        return None


# Each text is asked several things, one after the other.
@lru_cache(maxsize=4)
def parse(statement: str) -> list[Level]:
    """The levels of the statements in a text, outermost ones."""
    return [level for raw in pglast.parse_sql(statement) for level in _levels(raw.stmt, Place.WHOLE, None, {})]


def given(part: _Part | None) -> _Part:
    """A part of a node that the grammar demands; the parser's types let each be absent."""
    assert part is not None
    return part


def nodes(node: Any, *, into: bool = True) -> Iterator[ast.Node]:
    """A node and all below it; `into`: also those of the levels inside."""
    rest = [node]
    while rest:
        found = rest.pop()
        if isinstance(found, tuple):
            rest.extend(found)
        elif isinstance(found, ast.Node):
            yield found
            if into or not isinstance(found, _LEVELS):
                rest.extend([getattr(found, name) for name in vars(type(found))["__slots__"]])


def function_name(call: ast.FuncCall) -> str:
    return given(call.funcname)[-1].sval.lower()


def last_field(column: ast.ColumnRef) -> Any:
    """What a column is called without what stands before the dot: a name, or a star."""
    return given(column.fields)[-1]


def changed_table(node: Any) -> str:
    """The table that a statement changes; empty for one that only reads."""
    relation = getattr(node, "relation", None)
    return "" if relation is None else relation.relname


def returning(node: Any) -> Sequence[Any]:
    """What a changing statement returns."""
    return node.returningClause.exprs if node.returningClause is not None else ()


_LEVELS = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt)


def _levels(node: Any, place: Place, parent: Level | None, rows_of: dict[str, Source]) -> list[Level]:
    """The levels of a statement: several where SELECTs are united."""
    if not isinstance(node, _LEVELS):
        return []
    level = Level(node, place, parent, dict(rows_of))
    if node.withClause is not None:
        _with(level, node.withClause)
    rows_of = level.rows_of
    if isinstance(node, ast.SelectStmt) and node.op != SetOperation.SETOP_NONE:
        # the arms stand where the whole stands; what the whole adds (order, limit) names no table
        arms = _levels(node.larg, place, parent, rows_of) + _levels(node.rarg, place, parent, rows_of)
        for arm in arms:
            arm.inner += level.inner
            level.inner = []
        return arms
    _fill(level)
    return [level]


def _with(level: Level, clause: ast.WithClause) -> None:
    for cte in given(clause.ctes):
        own = {**level.rows_of, cte.ctename: Source()} if clause.recursive else level.rows_of
        arms = _levels(cte.ctequery, Place.ROWS, level, own)
        level.inner += arms
        level.rows_of[cte.ctename] = Source(arms=arms)
        if clause.recursive:
            for inside in (found for arm in arms for found in arm.walk()):
                inside.recursive = True


def _fill(level: Level) -> None:
    node = level.node
    match node:
        case ast.SelectStmt():
            for item in node.fromClause or ():
                _source(level, item, None)
            _condition(level, node.whereClause)
            _values(level, node.targetList, node.groupClause, node.havingClause, node.sortClause, node.valuesLists)
        case ast.InsertStmt():
            level.inner += _levels(node.selectStmt, Place.ROWS, level, level.rows_of)
            conflict = node.onConflictClause
            _values(level, returning(node), conflict and conflict.targetList, conflict and conflict.whereClause)
        case ast.UpdateStmt() | ast.DeleteStmt():
            _source(level, node.relation, None)
            others = node.fromClause if isinstance(node, ast.UpdateStmt) else node.usingClause
            for item in others or ():
                _source(level, item, None)
            _condition(level, node.whereClause)
            _values(level, returning(node), getattr(node, "targetList", None))
        case ast.MergeStmt():
            _source(level, node.relation, None)
            _source(level, node.sourceRelation, None)
        case _:
            raise AssertionError(node)


def _source(level: Level, item: Any, restricts: frozenset[str] | None) -> frozenset[str]:
    """Add what stands under FROM; the aliases that came."""
    match item:
        case ast.RangeVar():
            table = given(item.relname)
            alias = given(item.alias.aliasname) if item.alias else table
            known = None if item.schemaname else level.rows_of.get(table)
            level.sources[alias] = known or Source(table)
            return frozenset({alias})
        case ast.RangeSubselect():
            arms = _levels(item.subquery, Place.LATERAL if item.lateral else Place.ROWS, level, level.rows_of)
            level.inner += arms
            alias = given(item.alias.aliasname) if item.alias else f"#{len(level.sources)}"
            level.sources[alias] = Source(arms=arms)
            return frozenset({alias})
        case ast.JoinExpr():
            left, right = _source(level, item.larg, restricts), _source(level, item.rarg, restricts)
            sides = {
                JoinType.JOIN_INNER: restricts,
                JoinType.JOIN_LEFT: right,
                JoinType.JOIN_RIGHT: left,
            }
            _condition(level, item.quals, sides.get(given(item.jointype), frozenset()))
            return left | right
        case _:
            alias = item.alias.aliasname if getattr(item, "alias", None) else f"#{len(level.sources)}"
            level.sources[alias] = Source()
            _values(level, item)
            return frozenset({alias})


def _condition(level: Level, node: ast.Node | None, restricts: frozenset[str] | None = None) -> None:
    if node is not None:
        level.conditions.append(Condition(node, restricts))
        _sub_selects(level, node, Place.CONDITION)


def _values(level: Level, *parts: Any) -> None:
    for part in parts:
        _sub_selects(level, part, Place.VALUE)


def _sub_selects(level: Level, node: Any, place: Place) -> None:
    for found in nodes(node, into=False):
        if isinstance(found, ast.SelectStmt):
            level.inner += _levels(found, place, level, level.rows_of)
