"""Resolve a request: look its names up among the fields and relations of the resource, and give values their types."""

from collections.abc import Iterable
from typing import Any

import msgspec

from graft.errors import Problem, Problems
from graft.jsontext import Json, canonical
from graft.listing.catalog import Catalog
from graft.listing.conditions import condition, read_operand
from graft.listing.errors import ListingError, Rejected, place, shown
from graft.listing.ordering import resolve_order
from graft.listing.parse import Request, parse
from graft.listing.query import And, Filter, Keys, Not, Or, Query, Related
from graft.listing.resource import Context, Field, Relation, Resource
from graft.listing.scalars import NOTHING

MAX_DEPTH = 10
MAX_NODES = 200
MAX_HOPS = 3

_Path = tuple[str | int, ...]
_QUANTIFIERS = frozenset({"some", "every", "none"})


def read_query(
    resource: Resource[Context], pairs: Iterable[tuple[str, str]], catalog: Catalog[Context]
) -> Query[Context]:
    """The query in `pairs`, the decoded names and values of a query string. Raises `ListingError` with every problem.

    `catalog` has the resources that relations lead to.
    """
    return resolve(resource, parse(pairs, resource.shorthands), catalog)


def resolve(resource: Resource[Context], request: Request, catalog: Catalog[Context]) -> Query[Context]:
    """Resolve a request. Raises `ListingError` with the problems that `parse` found and those found here."""
    problems = Problems().take(request.problems)
    filters = [_shorthand(resource, name, text, problems) for name, text in request.shorthands]
    if request.filter is not None:
        filters.append(_Resolver(problems, catalog).root(resource, request.filter))
    keys = resolve_order(resource, request.order, problems)
    if problems:
        raise ListingError(problems)

    ids = None if request.ids is None else _ids(resource, request.ids)
    return Query(
        resource=resource,
        filter=And(tuple(filters)),
        keys=keys,
        ids=ids,
        deleted=request.deleted,
        limit=request.limit,
        after=request.after,
        before=request.before,
        identity=_identity(request, ids, keys),
    )


def _identity(request: Request, ids: tuple[str, ...] | None, keys: Keys) -> bytes:
    """In canonical JSON, so that a cursor also holds for the same filter in another spelling."""
    tree = "" if request.filter is None else canonical(request.filter).decode()
    order = [(key.name, key.descending, key.nulls_first) for key in keys]
    return msgspec.json.encode((tree, order, request.shorthands, ids, request.deleted))


def _ids(resource: Resource[Any], texts: Iterable[str]) -> tuple[str, ...]:
    """The ids among the texts. One that is no id of this resource is left out: it names no row."""
    read = resource.fields["id"].scalar.read_text
    return tuple(identifier for identifier in map(read, texts) if identifier is not NOTHING)


def _shorthand(resource: Resource[Any], name: str, text: str, problems: Problems) -> Filter:
    field_name, operator = resource.shorthands[name]
    field = resource.fields[field_name]
    try:
        return condition(field, operator, field.scalar.read_text(text))
    except Rejected as error:
        problems.add(error.at(name))
        return And(())


class _Enough(Exception):
    """Ends the search: there are too many nodes, or as many problems as are told."""


class _Resolver:
    """Resolves one filter. A part with a problem becomes `And(())`, as the filter is not used after a problem."""

    def __init__(self, problems: Problems, catalog: Catalog[Any]) -> None:
        self._problems = problems
        self._catalog = catalog
        self._nodes = 0

    def root(self, resource: Resource[Any], tree: dict[str, Json]) -> Filter:
        try:
            return self._object(resource, tree, ("filter",), depth=0, hops=0)
        except _Enough:
            return And(())

    def _problem(self, path: _Path, code: str, detail: str) -> Filter:
        self._add(Problem(place(*path), code, detail))
        return And(())

    def _add(self, *problems: Problem) -> None:
        if self._problems.take(problems).full:
            raise _Enough

    def _count(self, path: _Path) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._problem(path, "too-many-nodes", f"A filter has at most {MAX_NODES} conditions and combinators.")
            raise _Enough

    def _object(self, resource: Resource[Any], tree: Json, path: _Path, *, depth: int, hops: int) -> Filter:
        if not isinstance(tree, dict):
            return self._problem(path, "wrong-type", "A filter is an object.")
        if depth > MAX_DEPTH:
            return self._problem(path, "too-deep", f"A filter nests {MAX_DEPTH} deep at most.")
        return And(
            tuple(
                self._member(resource, name, value, (*path, name), depth=depth, hops=hops)
                for name, value in tree.items()
            )
        )

    def _member(self, resource: Resource[Any], name: str, value: Json, path: _Path, *, depth: int, hops: int) -> Filter:
        if name in resource.fields:
            return self._field(resource.fields[name], value, path)
        if name in resource.relations:
            return self._relation(resource.relations[name], value, path, depth=depth + 1, hops=hops + 1)

        if name in {"AND", "OR"}:
            self._count(path)
            if not isinstance(value, list):
                return self._problem(path, "wrong-type", f"{name} takes an array of filters.")
            items = (
                self._object(resource, item, (*path, index), depth=depth + 1, hops=hops)
                for index, item in enumerate(value)
            )
            return And(tuple(items)) if name == "AND" else Or(tuple(items))

        if name == "NOT":
            self._count(path)
            return Not(self._object(resource, value, path, depth=depth + 1, hops=hops))
        return self._problem(path, "unknown-field", f"{resource.name} has no field or relation {shown(name)}.")

    def _field(self, field: Field, value: Json, path: _Path) -> Filter:
        if not isinstance(value, dict):
            return self._operation(field, "eq", value, path)
        return And(tuple(self._operation(field, name, operand, (*path, name)) for name, operand in value.items()))

    def _operation(self, field: Field, operator: str, value: Json, path: _Path) -> Filter:
        self._count(path)
        try:
            return condition(field, operator, read_operand(field, operator, value))
        except Rejected as error:
            self._add(error.at(*path))
        except ListingError as error:
            self._problems.take(error.problems, place(*path))
            self._add()
        return And(())

    def _relation(self, relation: Relation, value: Json, path: _Path, *, depth: int, hops: int) -> Filter:
        if hops > MAX_HOPS:
            return self._problem(path, "too-many-hops", f"A filter follows at most {MAX_HOPS} relations in a row.")
        if relation.many:
            return self._quantified(relation, value, path, depth=depth, hops=hops)

        self._count(path)
        target = self._catalog[relation.target]
        if value is None:
            return Not(Related(relation, target, And(())))
        return Related(relation, target, self._object(target, value, path, depth=depth, hops=hops))

    def _quantified(self, relation: Relation, value: Json, path: _Path, *, depth: int, hops: int) -> Filter:
        if not isinstance(value, dict):
            return self._problem(path, "wrong-type", "A relation to many takes an object of some, every or none.")

        target = self._catalog[relation.target]
        found: list[Filter] = []
        for name, tree in value.items():
            here = (*path, name)
            self._count(here)
            if name not in _QUANTIFIERS:
                self._problem(here, "unknown-operator", "A relation to many takes some, every or none.")
                continue
            # every row passes, if there is none that does not
            inner = self._object(target, tree, here, depth=depth, hops=hops)
            hop = Related(relation, target, Not(inner) if name == "every" else inner)
            found.append(hop if name == "some" else Not(hop))
        return And(tuple(found))
