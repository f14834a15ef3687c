"""From a query to the condition of its rows.

Null follows the field: a condition is true or false, and NOT is its plain opposite. SQL's third value never comes up,
because no SQL `not` is written: a negation is carried down to the conditions, each of which is written so that it is
true exactly when it should be; under `and` and `or` alone, null is as good as false. So plain conditions stay plain,
and indexes serve them.
"""

from typing import Any, LiteralString

from graft.listing.query import All, Comparator, Comparison, Either, Filter, Hop, IsNull, Not, OneOf, Query
from graft.listing.resource import Context, Field
from graft.listing.sql import FALSE, TRUE, Sql, bound, conjunction, disjunction, fill, sql

_OPPOSITE: dict[Comparator, LiteralString] = {
    "=": "<>",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "like": "not like",
    "ilike": "not ilike",
}


def compile_scope(query: Query[Context], context: Context) -> Sql:
    """The condition of all rows of the list, whatever the page; `FALSE` where nothing can match."""
    resource = query.resource
    return conjunction(
        [
            resource.seen(context),
            _deleted(query),
            TRUE if query.ids is None else compile_filter(OneOf(resource.fields["id"], query.ids), context),
            compile_filter(query.filter, context),
        ]
    )


def _deleted(query: Query[Any]) -> Sql:
    resource = query.resource
    match query.deleted:
        case "true":
            return TRUE
        case "false":
            return resource.alive
        case "only":
            return FALSE if resource.deleted_at is None else sql(f"({resource.deleted_at}) is not null")


def compile_filter(node: Filter, context: Any, wanted: bool = True) -> Sql:
    """The condition of the rows for which `node` is `wanted`."""
    match node:
        case All(items) | Either(items):
            parts = [compile_filter(item, context, wanted) for item in items]
            return conjunction(parts) if isinstance(node, All) is wanted else disjunction(parts)
        case Not(item):
            return compile_filter(item, context, not wanted)
        case Hop():
            return _hop(node, context, wanted)
        case IsNull(field):
            return _is_null(field, wanted)
        case Comparison(field, comparator, value):
            return _comparison(field, comparator, value, wanted)
        case OneOf(field, values):
            return _one_of(field, values, wanted)


def _is_null(field: Field, wanted: bool) -> Sql:
    if not field.nullable:
        return FALSE if wanted else TRUE
    return sql(f"{field.expression} is null" if wanted else f"{field.expression} is not null")


def _or_null(field: Field, condition: Sql) -> Sql:
    return fill("({} is null or {})", field.expression, condition) if field.nullable else condition


def _comparison(field: Field, comparator: Comparator, value: Any, wanted: bool) -> Sql:
    # Equality needs no collation, so any index serves. Case is folded as the database's locale does, not as "C" does.
    collate: LiteralString = ""
    if comparator == "ilike":
        collate = ' collate "default"'
    elif comparator not in {"=", "like"}:
        collate = field.scalar.collate
    operator = comparator if wanted else _OPPOSITE[comparator]
    condition = fill("{}{} {} {}", field.expression, collate, operator, bound(value, field.scalar.cast))
    return condition if wanted else _or_null(field, condition)


def _one_of(field: Field, values: tuple[Any, ...], wanted: bool) -> Sql:
    if not values:
        return FALSE if wanted else TRUE
    operator = "= any" if wanted else "<> all"
    condition = fill("{} {} ({})", field.expression, operator, bound(list(values), field.scalar.cast + "[]"))
    return condition if wanted else _or_null(field, condition)


def _hop(hop: Hop, context: Any, wanted: bool) -> Sql:
    """An uncorrelated IN: a correlated EXISTS into a tenant table cannot be moved to a distributed engine.

    `NOT IN` is not true beside a null, so the far columns are not null, and a null in the near ones belongs to no row.
    """
    target = hop.relation.target()
    near: list[LiteralString] = [mine for mine, _ in hop.relation.columns]
    far: list[LiteralString] = [theirs for _, theirs in hop.relation.columns]
    reached = conjunction(
        [
            target.seen(context),
            target.alive,
            *(sql(f"{column} is not null") for column in far),
            compile_filter(hop.filter, context),
        ]
    )
    if reached == FALSE:
        return FALSE if wanted else TRUE
    row: LiteralString = near[0] if len(near) == 1 else "(" + ", ".join(near) + ")"
    ends = fill("(select {} from {} where {})", ", ".join(far), target.rows(context), reached)
    if wanted:
        return fill("{} in {}", row, ends)
    return disjunction([*(sql(f"{column} is null") for column in near), fill("{} not in {}", row, ends)])
