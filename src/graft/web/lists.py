"""The list endpoints: between the parameters of a request and the listing library."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Generic, LiteralString, get_args

import msgspec
from msgspec import Meta

from graft import ids
from graft.auth.caller import NOBODY, Caller
from graft.auth.scope import ListResource, Scope
from graft.db.connection import Row
from graft.errors import GraftError, Invalid, Problem, Unavailable
from graft.listing import (
    NOTHING,
    PAGING,
    TRUE,
    Catalog,
    Computed,
    Field,
    InvalidCursor,
    ListingError,
    PageInfo,
    Paging,
    PreparedList,
    Projection,
    Query,
    Rejected,
    Reply,
    Scalar,
    Shown,
    Sql,
    Watch,
    enumeration,
    fetch_prepared,
    identifier,
    prepare,
    read_paging,
    read_query,
    sql,
)
from graft.web.context import ReadContext, WriteContext
from graft.web.models import RetentionTier, TierName

RETENTION = enumeration(*get_args(RetentionTier))
TIERS = enumeration(*get_args(TierName))
Pairs = Sequence[tuple[str, str]]

# Characters. What is longer is rare, and takes longer to run than to prepare.
_MOST_REMEMBERED = 2_048
# How long a page may take. The limits of a filter allow some that would read a large table for half a minute.
_MOST_SECONDS = 5


class ListPage(msgspec.Struct, frozen=True, rename="camel"):
    data: Annotated[list[Any], Meta(description="The rows.")]
    page_info: Annotated[PageInfo, Meta(description="Where the page stands.")]


def _no_joins(_scope: Scope) -> Sql:
    return sql("")


def _identity(caller: Caller) -> Hashable:
    """All that a caller is."""
    return caller.kind, caller.key_id, caller.user_id, caller.platform_admin, tuple(caller.roles.items())


def _bound_to(scope: Scope) -> str:
    """What cursors are bound to beside filter and order."""
    caller = scope.caller
    who = caller.user_id if caller.kind == "session" else caller.key_id
    return f"{caller.kind} {who} {sorted(scope.options.items())}"


@dataclass(frozen=True, slots=True)
class ListEndpoint(Generic[Reply]):
    """A list endpoint: its resource, and the struct of the reply that shows a row of it.

    `shown` says what `Projection` cannot know by the fields of the resource. `options` are parameters of this list
    alone, with their types: they decide which rows there are, where a shorthand only narrows.
    """

    resource: ListResource
    # columns and wire: of lists that say their columns a second time still
    columns: Callable[[Scope], Sql] | None = None
    wire: Callable[[ReadContext], Callable[[Row], Any]] | None = None
    joins: Callable[[Scope], Sql] = _no_joins
    options: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    response: type[Reply] | None = None
    shown: Shown = field(default_factory=dict[str, LiteralString | Computed])
    _projection: Projection[Reply] | None = field(init=False)

    def __post_init__(self) -> None:
        projection = None if self.response is None else Projection(self.resource, self.response, self.shown)
        object.__setattr__(self, "_projection", projection)

    @property
    def projection(self) -> Projection[Reply]:
        assert self._projection is not None
        return self._projection

    def select_list(self, scope: Scope) -> Sql:
        if self.columns is not None:
            return self.columns(scope)
        return sql(self.projection.columns)

    def reader(self, ctx: ReadContext) -> Callable[[Row], Any]:
        """Makes what the reply shows of a row that begins with `select_list`."""
        return self.wire(ctx) if self.wire is not None else self.projection.reader(ctx)

    async def __call__(self, ctx: ReadContext, query: Pairs) -> ListPage:
        return await self.page(ctx, query, {})

    async def page(self, ctx: ReadContext, pairs: Pairs, options: Mapping[str, Any]) -> ListPage:
        """The page that `pairs` ask for, within what `options` fix."""
        try:
            listed, paging = self._listed(ctx, pairs, options)
            page = await fetch_prepared(
                partial(ctx.db.rows_within, _MOST_SECONDS),
                listed,
                paging,
                key=ctx.process.secrets.cursors,
                # in a transaction that writes, what it sees is nobody else's yet
                totals=None if isinstance(ctx, WriteContext) else ctx.process.totals,
            )
        except ListingError as error:
            raise _invalid(error) from error
        except TimeoutError as error:
            raise _too_slow(pairs) from error
        return ListPage([*map(self.reader(ctx), page.rows)], page.info)

    def _listed(self, ctx: ReadContext, pairs: Pairs, options: Mapping[str, Any]) -> tuple[PreparedList, Paging]:
        """What is listed, prepared unless the same caller asked for it a while ago, and which page of it."""
        paging = [pair for pair in pairs if pair[0] in PAGING]
        rest = tuple([pair for pair in pairs if pair[0] not in PAGING])
        name = (id(self), _identity(ctx.caller), rest, tuple(options.items()))
        listed = ctx.process.lists.get(name)
        if listed is not None:
            return listed, read_paging(paging)
        query, given = self._read(pairs, ctx.process.catalog)
        scope = Scope(ctx.caller, {**given, **options})
        listed = prepare(
            query,
            scope,
            columns=self.select_list(scope),
            joins=self.joins(scope),
            caller=_bound_to(scope),
            watch=ctx.process.totals is not None,
        )
        if sum(len(value) for _, value in rest) <= _MOST_REMEMBERED:
            ctx.process.lists.keep(name, listed)
        return listed, query

    def _read(self, pairs: Pairs, catalog: Catalog[Scope]) -> tuple[Query[Scope], dict[str, Any]]:
        """The query of every list's parameters, and the values of this list's own; `ListingError` with all problems."""
        given: dict[str, Any] = {}
        rest: list[tuple[str, str]] = []
        problems: list[Problem] = []
        for name, text in pairs:
            if name not in self.options:
                rest.append((name, text))
            elif name in given:
                problems.append(Problem(name, "repeated-parameter", "A parameter is given once."))
            else:
                given[name] = None
                try:
                    value = self.options[name].read_text(text)
                    given[name] = NOBODY if value is NOTHING else value
                except Rejected as error:
                    problems.append(error.at(name))
        try:
            query = read_query(self.resource, rest, catalog)
        except ListingError as error:
            raise ListingError((*problems, *error.problems)) from error
        if problems:
            raise ListingError(problems)
        return query, given


def _too_slow(pairs: Pairs) -> GraftError:
    narrowing = next((name for name, _ in pairs if name in {"filter", "orderBy"}), None)
    if narrowing is None:
        return Unavailable("The database is too slow at the moment.")
    detail = f"With this {narrowing} the list takes longer than {_MOST_SECONDS} seconds. Narrow it."
    return Invalid(detail, problems=[Problem(narrowing, "too-expensive", detail)])


def _invalid(error: ListingError) -> Invalid:
    first = error.problems[0]
    code = first.code if isinstance(error, InvalidCursor) else None
    detail = first.detail if len(error.problems) == 1 else "The request has problems."
    return Invalid(detail, code=code, problems=error.problems)


def id_type(prefix: str) -> Scalar:
    """Ids of one prefix."""
    return identifier(lambda wire_id: ids.parse(prefix, wire_id), f"{prefix}_")


def id_field(text: LiteralString, prefix: str, *, nullable: bool = False) -> Field:
    """A field that holds ids of one prefix."""
    return Field(text, id_type(prefix), nullable=nullable)


def workspace_predicate(caller: Caller) -> tuple[LiteralString, LiteralString, Any]:
    """How a column is compared with the caller's workspaces: two operators with their `$1`, "one of" and "none of".

    One workspace is compared by `=`, so that an index that begins with it keeps the order of what follows.
    """
    found = caller.workspaces()
    if len(found) == 1:
        return "= $1::uuid", "<> $1::uuid", found[0]
    return "= any($1::uuid[])", "<> all($1::uuid[])", found


def watched(*tables: str) -> Callable[[Scope], list[Watch]]:
    """For a resource that reads nothing but these tables, whose changes are noted as a whole."""
    return lambda _scope: [(table, None) for table in tables]


def watched_own(caller: Caller, table: str) -> list[Watch]:
    """The caller's part of `table`, whose changes are noted by workspace."""
    return [(table, None), *((table, workspace) for workspace in caller.workspaces())]


def of_workspaces(scope: Scope) -> Sql:
    """The rows `t` of the caller's workspaces, which every member of them sees."""
    if scope.caller.platform_admin:
        return TRUE
    mine, _, workspaces = workspace_predicate(scope.caller)
    return sql(f"t.workspace_id {mine}", workspaces)
