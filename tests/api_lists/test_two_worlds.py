"""Two worlds that differ in rows alone that the caller may not see: every reply is the same, byte for byte."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from graft.listing import TRUE, Catalog
from graft.web.lists import ListResource, Scope
from tests.api_lists.worlds_questions import LISTS, Asked, Questions, Values, hops
from tests.api_lists.worlds_rows import Rows, insert
from tests.api_lists.worlds_sight import BELOW, CALLERS, only_by_id, other_world, plain_world
from tests.support import database
from tests.support.catalog import CATALOG
from tests.support.client import As, Reply
from tests.support.world import World, running

pytestmark = pytest.mark.slow

REQUESTS = 20_000 if os.environ.get("GRAFT_TORTURE") == "1" else 2_000
PARTS = 8
# A walk goes on so many pages.
PAGES = 3
# The use of a key is written to its row, and each world is used at another moment.
_STILL = """
create function stay() returns trigger language plpgsql as 'begin return null; end';
create trigger api_keys_stay before update on api_keys for each row execute function stay();
"""
_REQUEST_ID = re.compile(rb'"requestId":"[0-9a-z]+"')


@dataclass(frozen=True)
class Worlds:
    """`plain`; `outside`, another to none of the callers' knowledge; `below`, another to the knowledge of no viewer;
    `browsers`, another to the knowledge of no publishable key.
    """

    plain: World
    outside: World
    below: World
    browsers: World
    tokens: dict[str, str]
    values: Values
    only_by_id: set[str]

    def questions(self, seed: object) -> Questions:
        return Questions(self.values, f"worlds {seed}", self.only_by_id)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def worlds(_template: None, server_url: str, run: database.Run, runner: asyncio.Runner) -> Iterator[Worlds]:
    rows, cast = plain_world()
    outside = other_world(rows, cast, cast.audience(below=False), "outside")
    below = other_world(rows, cast, cast.audience(below=True), "below")
    browsers = other_world(rows, cast, cast.browsers(), "browsers")
    known = only_by_id(rows, outside) | only_by_id(rows, below) | only_by_id(rows, browsers)
    with ExitStack() as databases, _leaving(runner) as apps:

        def opened(found: Rows) -> World:
            url = databases.enter_context(database.made(server_url, run, template=run.template))
            runner.run(insert(url, found))
            runner.run(database.execute(url, _STILL))
            return runner.run(apps.enter_async_context(running(url, run.app_role)))

        values = Values(rows, outside, below)
        opened_worlds = [opened(found) for found in (rows, outside, below, browsers)]
        yield Worlds(*opened_worlds, tokens=cast.tokens, values=values, only_by_id=known)


@contextmanager
def _leaving(runner: asyncio.Runner) -> Generator[AsyncExitStack]:
    stack = AsyncExitStack()
    try:
        yield stack
    finally:
        runner.run(stack.aclose())


def _shown(reply: Reply) -> tuple[int, bytes]:
    return reply.status, _REQUEST_ID.sub(b"", reply.content)


async def _asked(world: World, token: str, asked: Asked) -> Reply:
    return await As(world, token).get(asked.path, **asked.parameters)


async def _replies(
    worlds: Worlds, questions: Questions, wanted: Callable[[Asked], bool] = lambda _asked: True
) -> AsyncIterator[tuple[str, Asked, Reply, Reply]]:
    """A random question of a random caller, and at times the pages after it or before it: what both worlds reply."""
    choice = questions.choice
    caller = choice.choice(CALLERS)
    other = worlds.below if caller in BELOW and choice.random() < 0.5 else worlds.outside
    if caller == "publishable" and choice.random() < 0.5:
        other = worlds.browsers
    asked = questions.ask()
    pages = choice.choice([1, 1, PAGES]) if wanted(asked) else 0
    for _ in range(pages):
        here = await _asked(worlds.plain, worlds.tokens[caller], asked)
        there = await _asked(other, worlds.tokens[caller], asked)
        yield caller, asked, here, there
        if here.status != 200 or here.json["pageInfo"]["endCursor"] is None:
            return
        asked = replace(asked, parameters={k: v for k, v in asked.parameters.items() if k not in {"after", "before"}})
        way, cursor = choice.choice([("after", "endCursor"), ("after", "endCursor"), ("before", "startCursor")])
        asked = asked.but(**{way: here.json["pageInfo"][cursor]})


def _resources() -> list[ListResource]:
    """All that can be listed or reached."""
    found: dict[str, ListResource] = {call.list_resource.name: call.list_resource for call in LISTS}
    return list({**found, **{resource.name: resource for resource in CATALOG}}.values())


@pytest.mark.parametrize("part", range(PARTS))
def test_what_a_caller_may_not_see_changes_no_byte_of_any_reply(
    part: int, worlds: Worlds, runner: asyncio.Runner
) -> None:
    async def check() -> tuple[int, int, set[str]]:
        questions, requests, full, refused = worlds.questions(part), 0, 0, set[str]()
        while requests < REQUESTS // PARTS:
            async for caller, asked, here, there in _replies(worlds, questions):
                assert _shown(here) == _shown(there), (caller, asked.path, asked.parameters)
                assert here.status < 500
                # what happened on the platform is in no list of these callers
                requests += asked.path != "/api/platform-events"
                if here.status == 200:
                    full += bool(here.json["data"])
                else:
                    refused.add(here.code)
        return requests, full, refused

    requests, full, refused = runner.run(check())
    assert full > requests * 0.3
    assert refused <= {"not-found", "forbidden"}


def test_every_relation_decides_some_reply(worlds: Worlds, runner: asyncio.Runner) -> None:
    """Else the questions would be about nothing: a filter is asked again with the opposite of what it asks there."""
    missing = {(resource.name, name) for resource in _resources() for name in resource.relations}

    async def found(asked: Asked) -> tuple[Any, Any]:
        reply = (await _asked(worlds.plain, worlds.tokens["session"], asked)).json
        return reply.get("data"), reply.get("pageInfo", {}).get("total")

    async def check() -> None:
        questions = worlds.questions("relations")
        for _ in range(REQUESTS):
            asked = questions.ask()
            for link, _, changed in hops(asked.filter or {}, asked.resource):
                if link in missing and await found(asked) != await found(asked.but(filter=json.dumps(changed))):
                    missing.discard(link)
            if not missing:
                return

    runner.run(check())
    assert not missing


def _seen_by_all(resource: ListResource) -> ListResource:
    """The resource without its visibility, wherever that is written."""

    def rows(scope: Scope) -> Any:
        return resource.rows(replace(scope, caller=replace(scope.caller, platform_admin=True)))

    return replace(resource, source=rows, visible=lambda _scope: TRUE)


def _only_within_a_workspace(name: str) -> bool:
    """Whether nothing leads to a resource but rows of the same workspace, which are seen by the same callers."""
    pair = ("t.workspace_id", "t.workspace_id")
    leading = [link for resource in _resources() for link in resource.relations.values() if link.target == name]
    return all(pair in link.columns for link in leading)


@pytest.mark.parametrize("name", [resource.name for resource in CATALOG])
def test_a_hop_without_its_visibility_is_found_out(name: str, worlds: Worlds, runner: asyncio.Runner) -> None:
    if name == "solutions":
        # The database itself refuses a link to another workspace's: without visibility nothing more is reached.
        assert _only_within_a_workspace(name)
        return
    catalog = Catalog(_seen_by_all(resource) if resource.name == name else resource for resource in CATALOG)

    async def found_out() -> bool:
        for part in range(PARTS):
            questions = worlds.questions(part)
            for _ in range(REQUESTS // PARTS):
                # a request that does not lead there reads what it always did
                async for _, _, here, there in _replies(worlds, questions, lambda asked: name in _reached(asked)):
                    if _shown(here) != _shown(there):
                        return True
        return False

    with ExitStack() as changed:
        for world in (worlds.plain, worlds.outside, worlds.below, worlds.browsers):
            changed.enter_context(world.changed_program(catalog))
        assert runner.run(found_out())


def _reached(asked: Asked) -> set[str]:
    """The resources that the hops of a request lead to."""
    return {target for _, target, _ in hops(asked.filter or {}, asked.resource)}
