"""Documents are read in processes of their own: bounded, in turn, and without a connection."""

import asyncio
import gzip
import json
from asyncio.subprocess import Process
from typing import Any

import pytest

from graft.document_reading import desk as desk_module
from graft.document_reading import readers as readers_module
from graft.document_reading.desk import Desk
from graft.document_reading.readers import Readers
from graft.document_reading.worker import DataPlaces, Task
from graft.errors import GraftError, Unavailable
from graft.ids import Id
from graft.openapi_import.plan import FUNCTION, SCHEMA
from graft.templates import DATA_KEYWORDS
from tests.imports.test_rules import PATH, document, sent
from tests.support.factories.integrations import integration
from tests.support.world import World, running

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
PLACES = DataPlaces(tuple(DATA_KEYWORDS), ())
TASK = Task(64 * MIB, MIB, 100, 60, 2_048 * MIB, "literal", {FUNCTION: PLACES, SCHEMA: PLACES})
FIRST, SECOND, THIRD, FOURTH = (Id(digit * 26) for digit in "0123")


def slow(values: int) -> bytes:
    """A YAML document that takes a while to be read, and much room."""
    return b"openapi: 3.1.0\ninfo: {title: T}\nx-pad: [" + b"[1]," * values + b"]\n"


async def test_a_document_comes_back_as_it_was_read():
    found = await Desk().read(FIRST, TASK, json.dumps(document(2)).encode())
    assert (found.title, len(found.drafts), found.warnings) == ("Shop", 4, ())
    assert {draft.component for draft in found.drafts if draft.kind == SCHEMA} == {"S0", "S1"}


async def refusal(task: Task, body: bytes) -> set[tuple[str, str]]:
    with pytest.raises(GraftError) as caught:
        await Desk().read(FIRST, task, body)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


async def test_what_takes_too_long_or_too_much_room_is_refused_and_nothing_stays():
    assert await refusal(replace_task(seconds=1), slow(600_000)) == {("", "document-too-slow")}
    assert await refusal(replace_task(memory=72 * MIB), slow(600_000)) == {("", "document-too-large")}
    bomb = gzip.compress(b"[" * (65 * MIB))
    assert await refusal(TASK, bomb) == {("", "document-too-large")}


def replace_task(**changes: Any) -> Task:
    return Task(**{**{name: getattr(TASK, name) for name in TASK.__struct_fields__}, **changes})


async def test_a_workspace_reads_one_at_a_time_and_few_are_read_in_all(monkeypatch: pytest.MonkeyPatch):
    running_now: list[str] = []
    most: dict[str, int] = {"all": 0, FIRST: 0}
    run = desk_module._run

    async def watched(readers: Readers, task: Task, body: bytes) -> tuple[int, bytes]:
        name = body.decode().rpartition("#")[2]
        running_now.append(name)
        most["all"] = max(most["all"], len(running_now))
        most[name] = max(most.get(name, 0), running_now.count(name))
        try:
            return await run(readers, task, body)
        finally:
            running_now.remove(name)

    monkeypatch.setattr(desk_module, "_run", watched)
    desk = Desk()
    body = b"openapi: 3.1.0\ninfo: {title: T}\n#"
    names = [FIRST, FIRST, FIRST, SECOND, THIRD, FOURTH]
    await asyncio.gather(*(desk.read(name, TASK, body + name.encode()) for name in names))
    assert most[FIRST] == 1
    assert 1 < most["all"] <= 2


@pytest.mark.parametrize(("bound", "most"), [("_MOST_WAITING", 1), ("_MOST_BYTES_WAITING", 40)])
async def test_more_than_may_wait_are_told_to_come_again(bound: str, most: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desk_module, bound, most)
    desk, body = Desk(), b"openapi: 3.1.0\ninfo: {title: T}\n"
    replies = await asyncio.gather(*(desk.read(FIRST, TASK, body) for _ in range(4)), return_exceptions=True)
    refused = [reply for reply in replies if isinstance(reply, Unavailable)]
    assert [reply.code for reply in refused] == ["busy"] * len(refused)
    assert 1 <= len(refused) < 4
    # nobody's turn is lost
    assert (await desk.read(FIRST, TASK, body)).title == "T"


async def test_who_goes_away_takes_the_process_along():
    desk = Desk()
    reading = asyncio.create_task(desk.read(FIRST, TASK, slow(400_000)))
    await asyncio.sleep(0.5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await desk.read(FIRST, TASK, b"openapi: 3.1.0\ninfo: {title: T}\n")).title == "T"


async def test_imports_hold_no_connection_while_they_are_read(database_url: str, app_role: str):
    """As many imports as there are connections: another caller's request needs one, and gets it while they run."""
    async with running(database_url, app_role, pool_size=2) as world:
        callers = [await world.workspace(f"alpha-{at}") for at in range(4)]
        draft = await integration(callers[0])
        imports = [asyncio.create_task(sent(caller, slow(60_000))) for caller in callers[1:]]
        imports.append(asyncio.create_task(sent(callers[0], slow(60_000), integrationId=draft["id"])))
        answered = 0
        while not any(found.done() for found in imports):
            assert (await callers[1].get("/api/entities")).status == 200
            # neither is the draft held that one of them is for
            changed = await callers[0].patch(f"/api/integrations/{draft['id']}", {"name": f"n{answered}"})
            assert changed.status == 200
            answered += 1
        assert [reply.status for reply in await asyncio.gather(*imports)] == [200] * 4
        assert answered > 0


async def test_nothing_is_read_for_who_may_not_import(world: World, monkeypatch: pytest.MonkeyPatch):
    async def never(*_arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Desk, "read", never)
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    viewer = await world.key(alpha.workspace_id, "viewer")
    draft = await integration(beta)
    place = {"workspaceId": alpha.workspace_id}
    assert (await viewer("POST", PATH, params=place, content=b"{}")).status == 403
    assert (await beta("POST", PATH, params=place, content=b"{}")).status == 404
    foreign = await alpha("POST", PATH, params={**place, "integrationId": draft["id"]}, content=b"{}")
    assert foreign.problems == {("integrationId", "unknown-integration")}


async def test_a_key_that_is_revoked_while_its_document_is_read_imports_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    alpha = await world.workspace("alpha")
    read = Desk.read

    async def revoked(*arguments: Any) -> Any:
        found = await read(*arguments)
        await world.owner.execute("update api_keys set deleted_at = now()")
        world.callers.forget()
        return found

    monkeypatch.setattr(Desk, "read", revoked)
    assert (await sent(alpha, document())).status == 401
    assert await world.owner.fetchval("select count(*) from entities") == 0


async def test_a_process_stands_ready_while_the_server_serves(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readers_module, "_READY_SECONDS", 0.5)
    body = b"openapi: 3.1.0\ninfo: {title: T}\n"
    desk = Desk()
    async with desk.readers:
        assert (await desk.read(FIRST, TASK, body)).title == "T"
        ready = await desk.readers.take()
        assert ready.returncode is None
        # what died meanwhile is replaced, and what nobody wants ends
        await readers_module.end(ready)
        desk.readers.prepare()
        dead = await desk.readers.take()
        await readers_module.end(dead)
        desk.readers._ahead = asyncio.create_task(_as_started(dead))
        assert (await desk.read(FIRST, TASK, body)).title == "T"
        unwanted = await asyncio.shield(desk.readers._ahead)
        await unwanted.wait()
        assert desk.readers._ahead is None
        assert (await desk.read(FIRST, TASK, body)).title == "T"
    assert desk.readers._ahead is None


async def _as_started(process: Process) -> Process:
    return process
