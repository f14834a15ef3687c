"""List endpoints: read the parameters of a request, fetch the page by the listing library, shape its rows."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Generic, LiteralString, get_args

import msgspec
from msgspec import Meta

from graft import ids
from graft.auth.caller import NOBODY, Caller
from graft.auth.scope import ListResource, Scope
from graft.errors import GraftError, Invalid, Problem, Problems, Unavailable
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
    Weight,
    enumeration,
    fetch_prepared,
    identifier,
    keep_all,
    keep_until_heavy,
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

# Characters of the parameters of a list that is kept prepared. Longer ones are rare, and take longer to run than to
# prepare.
_MOST_CACHED = 2_048
# How long the database may work on a page. A filter within its limits can still read a large table for half a minute.
_MOST_SECONDS = 5


class ListPage(msgspec.Struct, frozen=True, rename="camel"):
    data: Annotated[list[Any], Meta(description="The rows.")]
    page_info: Annotated[PageInfo, Meta(description="Where the page stands.")]


def _no_joins(_scope: Scope) -> Sql:
    return sql("")


def _caller_key(caller: Caller) -> Hashable:
    """All of a caller that a statement may depend on: two callers with one key may share a prepared list."""
    return caller.kind, caller.key_id, caller.user_id, caller.platform_admin, tuple(caller.roles.items())


def _cursor_owner(scope: Scope) -> str:
    """What a cursor is bound to beside filter and order: who asked, and the options. Elsewhere it is refused."""
    caller = scope.caller
    who = caller.user_id if caller.kind == "session" else caller.key_id
    return f"{caller.kind} {who} {sorted(scope.options.items())}"


@dataclass(frozen=True, slots=True)
class ListEndpoint(Generic[Reply]):
    """A list endpoint: a resource, and how the reply shows a row of it.

    resource: which rows there are, and by what they are filtered and sorted
    joins: what the select list needs beside the resource, joined after LIMIT, so that only the page's rows pay for it
    options: parameters of this list alone, with their types; they decide which rows there are, a shorthand narrows
    response: the struct of the reply
    shown: the fields of `response` that are not the resource's field of the same name, and where their values come from
    weight: bytes of the row's documents, over the row and the joins; None where every row is small
    size: the bytes of documents that are larger as they read than what they are read from
    """

    resource: ListResource
    response: type[Reply]
    joins: Callable[[Scope], Sql] = _no_joins
    options: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    shown: Shown = field(default_factory=dict[str, LiteralString | Computed])
    weight: LiteralString | None = None
    size: Callable[[Reply], int] | None = None
    # how a row becomes a `response`
    projection: Projection[Reply] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "projection", Projection(self.resource, self.response, self.shown))

    async def __call__(self, ctx: ReadContext, query: Pairs) -> ListPage:
        return await self.page(ctx, query, {})

    async def page(self, ctx: ReadContext, pairs: Pairs, options: Mapping[str, Any]) -> ListPage:
        """The page that the parameters `pairs` ask for.

        `options` are values of this list's own parameters that the call sets itself, whatever `pairs` say. `Invalid`
        names every wrong parameter, or says that the list takes too long; `Unavailable` if the database is too slow.
        """
        try:
            prepared, paging = self._prepared(ctx, pairs, options)
            read = self.projection.reader(ctx)
            page = await fetch_prepared(
                partial(ctx.db.rows_within, _MOST_SECONDS),
                prepared,
                paging,
                key=ctx.process.secrets.cursors,
                # a transaction that writes sees changes of its own, so it neither reads nor stores cached totals
                totals=None if isinstance(ctx, WriteContext) else ctx.process.totals,
                keep=keep_all if self.size is None else keep_until_heavy(read, self.size),
            )
        except ListingError as error:
            raise _invalid(error) from error
        except TimeoutError as error:
            raise _too_slow(pairs) from error
        return ListPage([*map(read, page.rows)] if self.size is None else [*page.rows], page.info)

    def _prepared(self, ctx: ReadContext, pairs: Pairs, options: Mapping[str, Any]) -> tuple[PreparedList, Paging]:
        """The prepared list, from the cache of the process where it holds it, and which page of it is asked for."""
        paging = [pair for pair in pairs if pair[0] in PAGING]
        rest = tuple([pair for pair in pairs if pair[0] not in PAGING])
        key = (id(self), _caller_key(ctx.caller), rest, tuple(options.items()))
        cached = ctx.process.lists.get(key)
        if cached is not None:
            return cached, read_paging(paging)

        query, given = self._read(pairs, ctx.process.catalog)
        scope = Scope(ctx.caller, {**given, **options})
        prepared = prepare(
            query,
            scope,
            columns=sql(self.projection.columns),
            joins=self.joins(scope),
            weight=None
            if self.weight is None
            else Weight(sql(self.weight), sql(self.projection.if_small(self.weight))),
            caller=_cursor_owner(scope),
            watch=ctx.process.totals is not None,
        )
        if sum(len(value) for _, value in rest) <= _MOST_CACHED:
            ctx.process.lists.keep(key, prepared)
        return prepared, query

    def _read(self, pairs: Pairs, catalog: Catalog[Scope]) -> tuple[Query[Scope], dict[str, Any]]:
        """The query by the parameters that every list has, and the values of `self.options`.

        `ListingError` has the problems of both.
        """
        given: dict[str, Any] = {}
        rest: list[tuple[str, str]] = []
        problems = Problems()
        for name, text in pairs:
            if name not in self.options:
                rest.append((name, text))
            elif name in given:
                problems.add(Problem(name, "repeated-parameter", "A parameter is given once."))
            else:
                given[name] = None
                try:
                    value = self.options[name].read_text(text)
                    given[name] = NOBODY if value is NOTHING else value
                except Rejected as error:
                    problems.add(error.at(name))

        try:
            query = read_query(self.resource, rest, catalog)
        except ListingError as error:
            raise ListingError(problems.take(error.problems)) from error

        if problems:
            raise ListingError(problems)
        return query, given


def _too_slow(pairs: Pairs) -> GraftError:
    """The caller's mistake where it gave a filter or an order; else the database's."""
    narrowing = next((name for name, _ in pairs if name in {"filter", "orderBy"}), None)
    if narrowing is None:
        return Unavailable("The database is too slow at the moment.")
    detail = f"With this {narrowing} the list takes longer than {_MOST_SECONDS} seconds. Narrow it."
    return Invalid(detail, problems=[Problem(narrowing, "too-expensive", detail)])


def _invalid(error: ListingError) -> Invalid:
    first = error.problems.found[0]
    code = first.code if isinstance(error, InvalidCursor) else None
    detail = first.detail if len(error.problems) == 1 and not error.problems.full else "The request has problems."
    return Invalid(detail, code=code, problems=error.problems)


def id_type(prefix: str) -> Scalar:
    """The type of wire ids with this prefix, such as `int`."""
    return identifier(lambda wire_id: ids.parse(prefix, wire_id), f"{prefix}_")


def id_field(text: LiteralString, prefix: str, *, nullable: bool = False) -> Field:
    """A field with wire ids of this prefix; `text` is the expression of the id in SQL."""
    return Field(text, id_type(prefix), nullable=nullable)


def workspace_predicate(caller: Caller) -> tuple[LiteralString, LiteralString, Any]:
    """How a column is compared with the caller's workspaces: "is one of", "is none of", and the value of their `$1`.

    One workspace is compared by `=`, not by `any`: an index that begins with it then keeps the order of what follows.
    """
    found = caller.workspaces()
    if len(found) == 1:
        return "= $1::uuid", "<> $1::uuid", found[0]
    return "= any($1::uuid[])", "<> all($1::uuid[])", found


def watched(*tables: str) -> Callable[[Scope], list[Watch]]:
    """The `watches` of a resource that reads these tables alone, each as a whole."""
    return lambda _scope: [(table, None) for table in tables]


def watched_own(caller: Caller, table: str) -> list[Watch]:
    """The watches of what the caller's workspaces have in `table`, whose changes are logged by workspace.

    A change that names no workspace may be one of theirs, so it is watched as well.
    """
    return [(table, None), *((table, workspace) for workspace in caller.workspaces())]


def of_workspaces(scope: Scope) -> Sql:
    """The condition of the rows `t` of the caller's workspaces; all rows for a platform admin."""
    if scope.caller.platform_admin:
        return TRUE
    mine, _, workspaces = workspace_predicate(scope.caller)
    return sql(f"t.workspace_id {mine}", workspaces)
