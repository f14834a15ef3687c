"""The list endpoints: between the parameters of a request and the listing library."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import msgspec

from graft import ids
from graft.auth.caller import Caller
from graft.db.connection import Row
from graft.errors import Invalid, Problem, invalid
from graft.listing import (
    Field,
    ListingError,
    PageInfo,
    Resource,
    Sql,
    enumeration,
    fetch_page,
    identifier,
    read_query,
    sql,
)
from graft.web.context import Reading

# `filter` and `orderBy` are answered by `not-supported` until every list declares what may be filtered.
EXPRESSIONS = False

RETENTION = enumeration("short", "medium", "long", "none")
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What decides which rows a list has beside its parameters: the caller, and options such as `source`."""

    caller: Caller
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


ListResource = Resource[Scope]


class ListPage(msgspec.Struct, frozen=True, rename="camel"):
    data: list[Any]
    page_info: PageInfo


def _no_joins(_scope: Scope) -> Sql:
    return sql("")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list endpoint: its resource, the columns of a row, and how a row becomes its wire form.

    `options` are parameters of this list alone, with their allowed values. `wire` is made once a reply.
    """

    resource: ListResource
    columns: Callable[[Scope], Sql]
    wire: Callable[[Reading], Callable[[Row], Any]]
    joins: Callable[[Scope], Sql] = _no_joins
    options: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    async def __call__(self, ctx: Reading, query: Pairs) -> ListPage:
        return await self.page(ctx, query, {})

    async def page(self, ctx: Reading, pairs: Pairs, options: Mapping[str, Any]) -> ListPage:
        """The page that `pairs` ask for, within what `options` fix."""
        rest, given = self._options(pairs)
        scope = Scope(ctx.caller, {**given, **options})
        caller = ctx.caller
        who = f"{caller.kind} {caller.user_id if caller.kind == 'session' else caller.key_id} {sorted(scope.options.items())}"
        try:
            page = await fetch_page(
                ctx.db.rows,
                read_query(self.resource, rest, expressions=EXPRESSIONS),
                scope,
                columns=self.columns(scope),
                joins=self.joins(scope),
                key=ctx.process.secrets.cursors,
                caller=who,
            )
        except ListingError as error:
            problems = [Problem(problem.place, problem.code, problem.detail) for problem in error.problems]
            code = problems[0].code if len(problems) == 1 and problems[0].code in _CODES else None
            raise Invalid(problems[0].detail, code=code, problems=problems) from error
        wire = self.wire(ctx)
        return ListPage([wire(row) for row in page.rows], page.info)

    def _options(self, pairs: Pairs) -> tuple[Pairs, dict[str, str]]:
        """The parameters of every list, and this list's own."""
        given: dict[str, str] = {}
        rest: list[tuple[str, str]] = []
        for name, value in pairs:
            if name not in self.options:
                rest.append((name, value))
            elif name in given:
                raise invalid(name, "repeated-parameter", "The parameter stands more than once.")
            elif value not in self.options[name]:
                raise invalid(name, "invalid-value", f"One of {', '.join(self.options[name])}.")
            else:
                given[name] = value
        return rest, given


# Codes that stand for the whole reply where they stand alone.
_CODES = frozenset({"invalid-cursor", "not-supported"})


def id_field(text: LiteralString, prefix: str, *, nullable: bool = False) -> Field:
    """A field that holds ids of one prefix."""
    return Field(text, identifier(lambda wire_id: ids.parse(prefix, wire_id)), nullable=nullable)
