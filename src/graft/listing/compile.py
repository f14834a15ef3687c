"""Compile the filter of a query into the SQL condition of its rows.

A condition is true or false, also of a null, and NOT is its opposite. SQL knows a third value: `not (name = 'a')` is
null, not true, where the name is null. So no SQL `not` is written over a condition. A negation is carried down to the
leaves, and each leaf is written so that it is true exactly if it should be. Above them are only `and` and `or`, to
which null is as good as false. Conditions stay plain this way, and indexes serve them; `coalesce(…, false)` around
each would do as well, but no index serves that.
"""

from typing import Any, LiteralString

from graft.listing.query import And, Comparator, Comparison, Filter, In, IsNull, Not, Or, Query, Related
from graft.listing.resource import Context, Field, PublicRows
from graft.listing.sql import FALSE, TRUE, Sql, conjunction, disjunction, fill, join, parameter

_OPPOSITE: dict[Comparator, LiteralString] = {
    "=": "<>",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "like": "not like",
    "ilike": "not ilike",
}
# The planner turns hops (sub-selects for relations) into joins, and tries all orders of these: 99 took it 12 s, 4 take
# 1.5 ms. Hops beyond this number are written so that it cannot.
_MOST_JOINS = 4
_FAR_COLUMNS: tuple[LiteralString, ...] = ("c0", "c1", "c2", "c3")


def compile_scope(query: Query[Context], context: Context) -> Sql:
    """The condition of the rows of the list, on all its pages; `FALSE` if no row can match."""
    resource = query.resource
    compiler = _Compiler(context)
    return conjunction(
        [
            TRUE if public_rows(query) else resource.seen(context),
            _deleted(query),
            TRUE if query.ids is None else compiler.condition(In(resource.fields["id"], query.ids), wanted=True),
            compiler.condition(query.filter, wanted=True),
        ]
    )


def public_rows(query: Query[Any]) -> PublicRows | None:
    """`Resource.public_rows` if the filter of the list lets through no other rows; else None."""
    rule = query.resource.public_rows
    if rule is None or query.deleted != "false":
        return None
    required = Comparison(query.resource.fields[rule.field], "=", rule.value)
    return rule if _requires(query.filter, required) else None


def _requires(node: Filter, required: Comparison) -> bool:
    """Whether the filter is the comparison, or has it among conditions that must all hold."""
    if isinstance(node, And):
        return any(_requires(item, required) for item in node.items)
    return (
        isinstance(node, Comparison)
        and node.field is required.field
        and (node.comparator, node.value) == (required.comparator, required.value)
    )


def _deleted(query: Query[Any]) -> Sql:
    resource = query.resource
    match query.deleted:
        case "true":
            return TRUE
        case "false":
            return resource.alive
        case "only":
            return FALSE if resource.deleted_at is None else Sql(f"({resource.deleted_at}) is not null")


class _Compiler:
    """Compiles one filter, and counts the hops that the planner may turn into joins."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._joins = 0

    def condition(self, node: Filter, *, wanted: bool) -> Sql:
        """The condition of the rows for which `node` is true; if not `wanted`, of those for which it is false."""
        match node:
            case And(items) | Or(items):
                parts = [self.condition(item, wanted=wanted) for item in items]
                return conjunction(parts) if isinstance(node, And) is wanted else disjunction(parts)
            case Not(item):
                return self.condition(item, wanted=not wanted)
            case Related():
                return self._hop(node, wanted)
            case IsNull(field):
                return _is_null(field, wanted)
            case Comparison(field, comparator, value):
                return _comparison(field, comparator, value, wanted)
            case In(field, values):
                return _in_values(field, values, wanted)

    def _hop(self, hop: Related, wanted: bool) -> Sql:
        target = hop.target
        matching = conjunction([target.seen(self._context), target.alive, self.condition(hop.filter, wanted=True)])
        if matching == FALSE:
            return FALSE if wanted else TRUE

        rows = target.rows(self._context)
        if target.catalogue:
            return self._limit_joins(_exists(hop, rows, matching, wanted))
        return self._limit_joins(_in(hop, rows, matching)) if wanted else _not_in(hop, rows, matching)

    def _limit_joins(self, hop: Sql) -> Sql:
        """The hop; after the first few, as `(…) is true`, of which the planner makes no join."""
        self._joins += 1
        return hop if self._joins <= _MOST_JOINS else fill("({}) is true", hop)


def _is_null(field: Field, wanted: bool) -> Sql:
    if not field.nullable:
        return FALSE if wanted else TRUE
    return Sql(f"{field.expression} is null" if wanted else f"{field.expression} is not null")


def _or_null(field: Field, condition: Sql) -> Sql:
    return fill("({} is null or {})", field.expression, condition) if field.nullable else condition


def _comparison(field: Field, comparator: Comparator, value: Any, wanted: bool) -> Sql:
    # Equality needs no collation, so that any index serves. `ilike` folds case as the database's locale says: by the
    # collation "C" it would know ASCII only.
    collate: LiteralString = ""
    if comparator == "ilike":
        collate = ' collate "default"'
    elif comparator not in {"=", "like"}:
        collate = field.scalar.collate
    operator = comparator if wanted else _OPPOSITE[comparator]
    condition = fill("{}{} {} {}", field.expression, collate, operator, parameter(value, field.scalar.cast))
    return condition if wanted else _or_null(field, condition)


def _in_values(field: Field, values: tuple[Any, ...], wanted: bool) -> Sql:
    if not values:
        return FALSE if wanted else TRUE
    operator = "= any" if wanted else "<> all"
    condition = fill("{} {} ({})", field.expression, operator, parameter(list(values), field.scalar.cast + "[]"))
    return condition if wanted else _or_null(field, condition)


def _exists(hop: Related, rows: Sql, matching: Sql, wanted: bool) -> Sql:
    """A hop to the catalogue, by EXISTS.

    Everybody sees much of the catalogue, and `NOT IN` over more than some 200,000 rows is not hashed but scanned for
    each row: 15 ms a row at a million, against 0.02. The rows of the target are in a sub-select of their own, as `t` is
    the row there inside of it, and the row here outside.
    """
    far: list[Sql] = []
    equal: list[Sql] = []
    columns = hop.relation.columns
    for (near, column), name in zip(columns, _FAR_COLUMNS[: len(columns)], strict=True):
        far.append(Sql(f"{column} as {name}"))
        equal.append(Sql(f"x.{name} = {near}"))
    word = "exists" if wanted else "not exists"
    return fill("{} (select from (select {} from {} where {}) x where {})", word, join(", ", far), rows, matching,
                join(" and ", equal))  # fmt: skip


def _in(hop: Related, rows: Sql, matching: Sql) -> Sql:
    """A hop to tenant rows, by IN: EXISTS would be correlated, and could not move to a distributed engine."""
    near: LiteralString = ", ".join([column for column, _ in hop.relation.columns])
    far: LiteralString = ", ".join([column for _, column in hop.relation.columns])
    return fill("({}) in (select {} from {} where {})", near, far, rows, matching)


def _not_in(hop: Related, rows: Sql, matching: Sql) -> Sql:
    """No row there belongs to the row here.

    `NOT IN` is never true beside a null. So rows there with a null are left out, as they belong to no row; and a row
    here with a null has no row there.
    """
    complete = conjunction([matching, *(Sql(f"{column} is not null") for _, column in hop.relation.columns)])
    none = fill("not {}", _in(hop, rows, complete))
    return disjunction([*(Sql(f"{column} is null") for column, _ in hop.relation.columns), none])
