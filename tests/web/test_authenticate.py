"""Who calls, and whether it may come here at all: before the body, and without a question where one was just asked."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from graft import clock, ids
from graft.auth.caller import Caller, Tier
from graft.auth.tokens import Kind, new_token
from graft.db.connection import ReadConnection
from graft.errors import Forbidden, Unauthenticated
from graft.web.authenticate import admit, authenticate, token_of
from graft.web.context import Process
from tests.support.database import opened
from tests.support.world import World
from tests.web.stages import endpoint, process, request

CALLER = Caller(ids.new_id(), "secret", ids.new_id(), {ids.new_id(): Tier.EDITOR})


@asynccontextmanager
async def never() -> AsyncGenerator[ReadConnection]:
    raise AssertionError("the database was asked")
    yield


def knowing(token: str, asked_before: float = 0, *, valid_for: timedelta | None = None) -> Process:
    found = process()
    expires_at = None if valid_for is None else clock.now() + valid_for
    found.callers.keep(token, CALLER, expires_at, time.monotonic() - asked_before)
    return found


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("BEARER a b", "a b"),
        ("Bearer", ""),
        (None, None),
        ("", None),
        ("Basic abc", None),
        ("Bearerabc", None),
        (" Bearer abc", None),
    ],
)
def test_the_token_stands_after_bearer(header: str | None, token: str | None):
    sent = request(headers={} if header is None else {"Authorization": header})
    if token is not None:
        assert token_of(sent) == token
    else:
        with pytest.raises(Unauthenticated):
            token_of(sent)


async def test_a_caller_that_was_named_a_moment_ago_costs_no_question():
    token = new_token("secret")
    assert await authenticate(token, knowing(token, valid_for=timedelta(minutes=1)), never) is CALLER


@pytest.mark.parametrize("token", ["", "x", "sec_" + "0" * 36])
async def test_what_cannot_be_a_token_costs_no_question(token: str):
    with pytest.raises(Unauthenticated):
        await authenticate(token, process(), never)


async def test_a_token_with_a_character_more_or_less_costs_no_question():
    token = new_token("secret")
    for altered in (f"{token}x", token[:-1]):
        with pytest.raises(Unauthenticated):
            await authenticate(altered, process(), never)


@pytest.mark.parametrize(
    ("asked_before", "valid_for"),
    [(1.5, None), (0, timedelta(0)), (0, timedelta(seconds=-1)), (1.5, timedelta(days=1))],
)
async def test_what_was_named_too_long_ago_or_has_expired_is_asked_again(
    asked_before: float, valid_for: timedelta | None
):
    token = new_token("secret")
    with pytest.raises(AssertionError, match="the database was asked"):
        await authenticate(token, knowing(token, asked_before, valid_for=valid_for), never)


async def test_the_database_names_a_caller_once_a_second(world: World, database_url: str, app_role: str):
    alpha, found = await world.workspace("alpha", tier="editor"), process()
    assert alpha.token is not None
    async with opened(database_url, role=app_role) as database:
        caller = await authenticate(alpha.token, found, database.reading)
        with pytest.raises(Unauthenticated):
            await authenticate(new_token("secret"), found, database.reading)
    assert (caller.kind, set(caller.roles.values())) == ("secret", {Tier.EDITOR})
    assert found.callers.get(alpha.token, clock.now()) is caller


@pytest.mark.parametrize("publishable", [True, False])
@pytest.mark.parametrize("kind", ["secret", "publishable", "session"])
def test_publishable_keys_come_only_where_they_may(kind: Kind, publishable: bool):
    caller, sent = Caller(ids.new_id(), kind, ids.new_id()), request()
    if kind == "publishable" and not publishable:
        with pytest.raises(Forbidden):
            admit(endpoint(publishable=publishable), caller, sent, process())
    else:
        admit(endpoint(publishable=publishable), caller, sent, process())
    # for the log, whether it may or not
    assert sent.scope["graft.caller"] == f"apikey_{caller.key_id}"


@pytest.mark.parametrize("publishable", [True, False])
async def test_each_use_of_a_key_is_noted_even_where_it_may_not(
    publishable: bool, world: World, database_url: str, app_role: str
):
    alpha = await world.workspace("alpha")
    key = await world.key(alpha.workspace_id, "viewer", kind="publishable")
    assert key.token is not None
    found, before = process(), clock.now()
    async with opened(database_url, role=app_role) as database:
        caller = await authenticate(key.token, found, database.reading)
        try:
            admit(endpoint(publishable=publishable), caller, request(), found)
        except Forbidden:
            assert not publishable
        await found.last_used.write(database)
    used = await world.owner.fetch("select last_used_at from api_keys where last_used_at is not null")
    assert [before <= row["last_used_at"] <= clock.now() for row in used] == [True]
