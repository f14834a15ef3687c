"""Whatever a list is filtered by, its statement could move: each relation, and each relation of what that leads to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from graft.app import ENDPOINTS
from graft.auth.caller import NOBODY, Caller, Tier
from graft.ids import Id
from graft.listing import FALSE, read_query
from graft.listing.compile import compile_scope
from graft.listing.sql import fill
from graft.web.lists import ListResource, Scope
from tests.statements.rules import violations
from tests.support.catalog import CATALOG

RESOURCES: dict[str, ListResource] = {
    # the versions of one entity are a list that needs the entity
    **{call.path: call.list_resource for call in ENDPOINTS if call.list_resource and "{id}" not in call.path},
    **{resource.name: resource for resource in CATALOG},
}
ONE, OTHER = Id("0" * 25 + "1"), Id("0" * 25 + "2")
CALLERS = {
    "of one workspace": Caller(NOBODY, "secret", NOBODY, {ONE: Tier.ADMIN}),
    "of several": Caller(NOBODY, "session", ONE, {ONE: Tier.VIEWER, OTHER: Tier.ADMIN}),
    "of none": Caller(NOBODY, "session", ONE),
}


def _hops(resource: ListResource, inside: Any) -> Iterator[dict[str, Any]]:
    """A condition for each relation and quantifier."""
    for key, relation in resource.relations.items():
        for tree in ({"some": inside}, {"none": inside}, {"every": inside}) if relation.many else (inside, None):
            yield {key: tree}
            yield {"NOT": {key: tree}}


def _trees(resource: ListResource) -> Iterator[dict[str, Any]]:
    yield {}
    yield from _hops(resource, {})
    for key, relation in resource.relations.items():
        for tree in _hops(CATALOG[relation.target], {}):
            yield {key: {"some": tree} if relation.many else tree}
            yield {"OR": [{key: {"none": tree} if relation.many else tree}, {"id": {"ne": None}}]}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", RESOURCES)
def test_a_list_is_one_statement_that_could_move(name: str, caller: str):
    resource, scope = RESOURCES[name], Scope(CALLERS[caller])
    found: dict[str, str] = {}
    for tree in _trees(resource):
        query = read_query(resource, [("filter", json.dumps(tree))], CATALOG)
        condition = compile_scope(query, scope)
        if condition == FALSE:
            continue  # nobody asks the database
        statement = fill("select t.id from {} where {}", resource.rows(scope), condition)
        for violation in violations(statement.render()[0]):
            found.setdefault(f"{violation.rule}: {violation.detail}", json.dumps(tree))
    assert found == {}
