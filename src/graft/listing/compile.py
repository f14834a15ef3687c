"""Compile the filter of a query into the SQL condition of its rows.

A condition is true or false, also of a null, and NOT is its opposite. SQL knows a third value: `not (name = 'a')` is
null, not true, where the name is null. So no SQL `not` is written over a condition. A negation is carried down to the
leaves, and each leaf is written so that it is true exactly if it should be. Above them are only `and` and `or`, to
which null is as good as false. Conditions stay plain this way, and indexes serve them; `coalesce(…, false)` around
each would do as well, but no index serves that.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, LiteralString

from graft.listing.query import And, Comparator, Comparison, Filter, In, IsNull, Not, Or, Query, Related
from graft.listing.resource import Context, Field, Part, PublicRows
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
_PATTERNS = frozenset({"like", "ilike"})
# The planner turns hops (sub-selects for relations) into joins, and tries all orders of these: 99 took it 12 s, 4 take
# 1.5 ms. Hops beyond this number are written so that it cannot.
_MOST_JOINS = 4
_FAR_COLUMNS: tuple[LiteralString, ...] = ("c0", "c1", "c2", "c3")


def compile_scope(query: Query[Context], context: Context) -> Sql:
    """The condition of the rows of the list, on all its pages; `FALSE` if no row can match."""
    if public_rows(query) is None:
        return conjunction([query.resource.seen(context), _deleted(query), _asked(query, context, None)])
    return conjunction([_deleted(query), _asked(query, context, Part(TRUE, whole=True))])


def compile_parts(query: Query[Context], context: Context) -> tuple[Sql, ...]:
    """Conditions of which each row of `compile_scope` fulfils exactly one, and other rows none."""
    parts = query.resource.parts
    if parts is None or query.deleted != "false" or public_rows(query) is not None:
        return (compile_scope(query, context),)
    found = parts(context, is_related(query.filter))
    conditions = [conjunction([part.condition, _asked(query, context, part)]) for part in found]
    return tuple([condition for condition in conditions if condition != FALSE])


def compile_counted(query: Query[Context], context: Context) -> tuple[Sql, ...]:
    """The same as FROM items with their WHERE; none if the resource has no parts."""
    if query.resource.parts is None:
        return ()
    return tuple([fill("{} where {}", query.resource.rows(context), part) for part in compile_parts(query, context)])


def _asked(query: Query[Context], context: Context, part: Part | None) -> Sql:
    """What the request itself demands, of the rows of a part."""
    compiler = _Compiler(context)
    ids = TRUE if query.ids is None else compiler.condition(In(query.resource.fields["id"], query.ids), wanted=True)
    return conjunction([ids, compiler.condition(query.filter, wanted=True, part=part)])


def is_guessed(node: Filter) -> bool:
    """Whether the planner can only guess how many rows a filter finds: it has patterns, or relations."""
    return any(isinstance(leaf, Related) or _is_pattern(leaf) for leaf in _leaves(node))


def has_patterns(node: Filter) -> bool:
    """Whether a filter has patterns, also behind relations."""
    return any(has_patterns(leaf.filter) if isinstance(leaf, Related) else _is_pattern(leaf) for leaf in _leaves(node))


def is_related(node: Filter) -> bool:
    """Whether a filter has relations."""
    return any(isinstance(leaf, Related) for leaf in _leaves(node))


def _is_pattern(node: Filter) -> bool:
    return isinstance(node, Comparison) and node.comparator in _PATTERNS


def _leaves(node: Filter) -> Iterator[Filter]:
    """What AND, OR and NOT combine."""
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case Not(item):
            yield from _leaves(item)
        case _:
            yield node


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

    def condition(self, node: Filter, *, wanted: bool, part: Part | None = None) -> Sql:
        """The condition of the rows for which `node` is true; if not `wanted`, of those for which it is false.

        `part`: which rows of the list these are.
        """
        match node:
            case And(items) | Or(items):
                patterns, others = _patterns(items) if isinstance(node, Or) else ([], items)
                parts = [_any_pattern(alike, wanted) for alike in patterns]
                parts += [self.condition(item, wanted=wanted, part=part) for item in others]
                return conjunction(parts) if isinstance(node, And) is wanted else disjunction(parts)
            case Not(item):
                return self.condition(item, wanted=not wanted, part=part)
            case Related():
                return self._hop(node, wanted, part)
            case IsNull(field):
                return _is_null(field, wanted)
            case Comparison(field, comparator, value):
                return _comparison(field, comparator, value, wanted)
            case In(field, values):
                return _in_values(field, values, wanted)

    def _hop(self, hop: Related, wanted: bool, part: Part | None) -> Sql:
        target = hop.target
        seen = target.seen(self._context)
        whole = part is not None and part.whole and hop.relation.belonging is not None and seen != FALSE
        rows = hop.relation.belonging if whole else None
        if rows is None:
            rows = target.rows(self._context)
        among = TRUE if part is None or whole else _among(hop, part)
        matching = conjunction([TRUE if whole else seen, among, target.alive, self.condition(hop.filter, wanted=True)])
        if matching == FALSE:
            return FALSE if wanted else TRUE

        if target.catalogue or (whole and _is_of_catalogue(hop.filter)):
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
    operator = comparator if wanted else _OPPOSITE[comparator]
    operand = parameter(value, field.scalar.cast)
    condition = fill("{}{} {} {}", field.expression, _collation(field, comparator), operator, operand)
    return condition if wanted else _or_null(field, condition)


def _collation(field: Field, comparator: Comparator) -> LiteralString:
    """Equality needs none, so any index serves. Case is folded as the database's locale does, not as "C" does."""
    if comparator == "ilike":
        return ' collate "default"'
    return "" if comparator in {"=", "like"} else field.scalar.collate


def _patterns(items: Iterable[Filter]) -> tuple[list[list[Comparison]], list[Filter]]:
    """The patterns among `items`, those of one field and comparator together, and the other items.

    An array of 190 patterns is planned and looked up in an index in 20 ms; planning 190 conditions takes 50.
    """
    # a resource has each field once, and fields are not hashable
    patterns: dict[tuple[int, Comparator], list[Comparison]] = {}
    others: list[Filter] = []
    for item in items:
        only = _only(item)
        if isinstance(only, Comparison) and _is_pattern(only):
            patterns.setdefault((id(only.field), only.comparator), []).append(only)
        else:
            others.append(item)
    return list(patterns.values()), others


def _only(node: Filter) -> Filter:
    """What is left of combinators of one item."""
    while isinstance(node, And | Or) and len(node.items) == 1:
        node = node.items[0]
    return node


def _any_pattern(patterns: Sequence[Comparison], wanted: bool) -> Sql:
    """That one of the patterns is met, all of the same field and comparator."""
    field, comparator = patterns[0].field, patterns[0].comparator
    if len(patterns) == 1:
        return _comparison(field, comparator, patterns[0].value, wanted)
    operator, word = (comparator, "any") if wanted else (_OPPOSITE[comparator], "all")
    operand = parameter([pattern.value for pattern in patterns], field.scalar.cast + "[]")
    condition = fill("{}{} {} {} ({})", field.expression, _collation(field, comparator), operator, word, operand)
    return condition if wanted else _or_null(field, condition)


def _in_values(field: Field, values: tuple[Any, ...], wanted: bool) -> Sql:
    if not values:
        return FALSE if wanted else TRUE
    operator = "= any" if wanted else "<> all"
    condition = fill("{} {} ({})", field.expression, operator, parameter(list(values), field.scalar.cast + "[]"))
    return condition if wanted else _or_null(field, condition)


def _among(hop: Related, part: Part) -> Sql:
    """That the far row belongs to a row of the part, so that few far rows are looked at."""
    for near, far in hop.relation.columns:
        if near == "t.id" and part.ids is not None:
            return fill("{} in ({})", far, part.ids)
    return TRUE


def _is_of_catalogue(node: Filter) -> bool:
    """Whether the filter leads to no tenant's rows: a correlated sub-select that does cannot move."""
    return all(
        leaf.target.catalogue and _is_of_catalogue(leaf.filter) for leaf in _leaves(node) if isinstance(leaf, Related)
    )


def _exists(hop: Related, rows: Sql, matching: Sql, wanted: bool) -> Sql:
    """A hop to the catalogue.

    Everybody sees much of it, and `NOT IN` over more than some 200,000 rows is not hashed but scanned for
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
    """`NOT IN` is not true beside a null: so no far column is null, and a null in the near ones reaches no row."""
    given = conjunction([matching, *(Sql(f"{column} is not null") for _, column in hop.relation.columns)])
    none = fill("not {}", _in(hop, rows, given))
    nulls = [Sql(f"{column} is null") for column, _ in hop.relation.columns]
    return disjunction([*(null for null in nulls if null.text != "t.id is null"), none])
