"""Who a token's caller is holds for a second: what ends it here ends it at once, and elsewhere soon."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from graft.auth.caller import Caller, Tier
from graft.auth.callers import Callers
from graft.ids import new_id
from tests.support.client import As
from tests.support.world import World, running

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALLER = Caller(new_id(), "secret", new_id(), {new_id(): Tier.ADMIN})


def test_a_caller_is_known_for_its_time_from_when_the_database_was_asked():
    callers = Callers(seconds=1)
    callers.keep("one", CALLER, None, time.monotonic())
    callers.keep("late", CALLER, None, time.monotonic() - 1.001)
    assert callers.get("one", NOW) is CALLER
    assert callers.get("late", NOW) is None
    assert callers.get("other", NOW) is None


def test_an_expired_token_is_not_known():
    callers = Callers()
    callers.keep("one", CALLER, NOW + timedelta(microseconds=1), time.monotonic())
    assert callers.get("one", NOW) is CALLER
    assert callers.get("one", NOW + timedelta(microseconds=1)) is None


def test_of_too_many_callers_the_one_that_was_silent_for_longest_is_forgotten():
    callers = Callers()
    for number in range(10_000):
        callers.keep(f"token {number}", CALLER, None, time.monotonic())
    assert callers.get("token 0", NOW) is CALLER
    callers.keep("one more", CALLER, None, time.monotonic())
    assert [callers.get(f"token {number}", NOW) for number in (0, 1, 2)] == [CALLER, None, CALLER]


def test_what_was_asked_before_a_change_and_is_answered_after_it_is_not_kept():
    callers = Callers()
    asked_before = time.monotonic()
    callers.forget()
    callers.keep("one", CALLER, None, asked_before)
    assert callers.get("one", NOW) is None
    callers.keep("one", CALLER, None, time.monotonic())
    assert callers.get("one", NOW) is CALLER


async def test_a_caller_costs_no_statement_again_within_a_second(world: World):
    alpha = await world.workspace("alpha")
    for taken in (2, 1, 1):
        before = len(world.statements)
        await alpha.get("/api/publishers")
        assert len(world.statements) - before == taken


async def test_a_revocation_holds_here_at_once_and_in_another_process_within_a_second(database_url: str, app_role: str):
    async with running(database_url, app_role) as one, running(database_url, app_role) as other:
        alpha = await one.workspace("alpha")
        wanted = {"kind": "secret", "workspaceId": alpha.workspace_id, "name": "k", "tier": "viewer"}
        made = await alpha.post("/api/api-keys", wanted)
        key, elsewhere = As(one, made.json["token"]), As(other, made.json["token"])
        assert (await key.get("/api/publishers")).status == (await elsewhere.get("/api/publishers")).status == 200
        assert (await alpha.delete(f"/api/api-keys/{made.json['id']}")).status == 200
        revoked = time.monotonic()
        assert (await key.get("/api/publishers")).status == 401
        while (await elsewhere.get("/api/publishers")).status == 200:
            assert time.monotonic() < revoked + 1.5
            await asyncio.sleep(0.02)
