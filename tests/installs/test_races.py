"""Two calls that meet end as one after the other would have, in whichever order their statements came."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from graft.db.connection import Database
from graft.db.sweep import Sweep
from graft.integrations.purge_expired import collect_versions
from tests.support.client import As, Reply
from tests.support.database import connected
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.stepping import Run, next_orders, run, stop_at_statements
from tests.support.world import World, running

pytestmark = [pytest.mark.slow, pytest.mark.one_server]

# How often a call is left for the other one although it could have gone on. All orders would take hours.
SWITCHES = 2 if os.environ.get("GRAFT_TORTURE") == "1" else 1
CLONED = {"required": True, "forkOnInstall": True}


@dataclass
class Meeting:
    """An author's integration, installed by `user` at 1.0.0 where version 2.0.0 is out; `other` is a third workspace."""

    world: World
    author: As
    user: As
    other: As
    draft: str
    install: str
    clone: str
    member: str
    # what opens it to `other`, where it is private
    grant: str = ""

    @property
    def path(self) -> str:
        return f"/api/integrations/{self.draft}"

    @property
    def held(self) -> str:
        return f"/api/integration-installs/{self.install}"


_numbers = iter(range(1_000_000))


async def meeting(world: World, *ends: str) -> Meeting:
    """`ends`: what was done before: `uninstalled`, `deleted` (the integration), `purged`, `edited` (the clone), `granted`.

    Granted: the integration is private, and open to `other` alone.
    """
    number = next(_numbers)
    author, user, other = [await world.workspace(f"{name}-{number}") for name in ("author", "user", "other")]
    function = await entity(author, "function", "greet", {"text": "one"})
    made = await offered(author, "demo", [manifest_member(function, **CLONED)])
    install = await installed(user, made["id"])
    member = (await members_of(user, install))["greet"]
    await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "two"}})
    await published(author, made["id"], "2.0.0")
    it = Meeting(world, author, user, other, made["id"], install["id"], member["entityId"], member["id"])
    asked = {
        "edited": lambda: user.patch(f"/api/entities/{it.clone}", {"definition": {"text": "mine"}}),
        "uninstalled": lambda: user.delete(it.held),
        "deleted": lambda: author.delete(it.path),
        "purged": lambda: author.delete(it.path + "/purge"),
    }
    for name in [found for found in ends if found != "granted"]:
        assert (await asked[name]()).status == 200
    if "granted" in ends:
        assert (await author.post(it.path + "/visibility", {"visibility": "private"})).status == 200
        body = {"entityId": it.draft, "subjectId": other.workspace_id, "tier": "viewer"}
        it.grant = (await author.post("/api/permissions", body)).json["id"]
    return it


Act = Callable[[Meeting], Awaitable[list[Reply]]]


def act(*asked: Callable[[Meeting], Awaitable[Reply]]) -> Act:
    """Calls of one party, one after the other."""

    async def acting(it: Meeting) -> list[Reply]:
        return [await ask(it) for ask in asked]

    return acting


def _install(who: str) -> Callable[[Meeting], Awaitable[Reply]]:
    def asking(it: Meeting) -> Awaitable[Reply]:
        caller: As = getattr(it, who)
        return caller.post(it.path + "/install", {"workspaceId": caller.workspace_id})

    return asking


INSTALL = act(_install("other"))
INSTALL_AGAIN = act(_install("user"))
UPGRADE = act(lambda it: it.user.post(it.held + "/upgrade"))
UNINSTALL = act(lambda it: it.user.delete(it.held))
RESTORE = act(lambda it: it.user.post(it.held + "/restore"))
PURGE_INSTALL = act(lambda it: it.user.delete(it.held + "/purge"))
END_INSTALL = act(lambda it: it.user.delete(it.held), lambda it: it.user.delete(it.held + "/purge"))
DELETE_CLONE = act(lambda it: it.user.delete(f"/api/entities/{it.clone}"))
PURGE_CLONE = act(lambda it: it.user.delete(f"/api/entities/{it.clone}/purge"))
END_CLONE = act(
    lambda it: it.user.delete(f"/api/entities/{it.clone}"),
    lambda it: it.user.delete(f"/api/entities/{it.clone}/purge"),
)
EDIT = act(lambda it: it.user.patch(f"/api/entities/{it.clone}", {"definition": {"text": "mine"}}))
DETACH = act(lambda it: it.user.post(f"/api/integration-members/{it.member}/detach", {"detached": True}))
RENAME = act(lambda it: it.author.patch(it.path, {"name": "New"}))
PUBLISH = act(lambda it: it.author.post(it.path + "/publish", {"version": "3.0.0"}))
HIDE = act(lambda it: it.author.post(it.path + "/visibility", {"visibility": "private"}))
REVOKE = act(lambda it: it.author.delete(f"/api/permissions/{it.grant}"))
DELETE = act(lambda it: it.author.delete(it.path))
PURGE = act(lambda it: it.author.delete(it.path + "/purge"))
END = act(lambda it: it.author.delete(it.path), lambda it: it.author.delete(it.path + "/purge"))


async def facts(it: Meeting, database: Database) -> tuple[Any, ...]:
    """What there is afterwards, when what is free was collected."""
    await collect_versions(Sweep(database))
    owner, draft = it.world.owner, it.draft[4:]
    found = await owner.fetchrow(
        """select (select (i.deleted_at is not null, i.purged_at is not null, i.visibility, i.name)::text
             from integrations i where i.id = $1),
           (select array_agg((n.workspace_id = $2, n.deleted_at is null, v.version)::text
              order by n.workspace_id = $2, n.deleted_at)
            from installs n left join integration_versions v on v.id = n.version_id where n.integration_id = $1),
           (select array_agg(v.version order by v.version) from integration_versions v where v.integration_id = $1),
           (select (e.deleted_at is not null, e.origin_install_id is null, e.definition::text)::text
            from entities e where e.id = $3)""",
        draft,
        it.user.workspace_id[4:],
        it.clone.split("_")[1],
    )
    assert found is not None
    clone = await it.user.get(f"/api/entities/{it.clone}")
    return (*map(str, tuple(found)), clone.status, clone.json.get("definition"))


def told(replies: list[Reply]) -> tuple[Any, ...]:
    return tuple((reply.status, reply.json.get("code")) for reply in replies)


INVARIANTS = {
    "an active install of a purged integration": """
        select count(*) from installs n join integrations i on i.id = n.integration_id
        where n.deleted_at is null and i.purged_at is not null""",
    "an install without its version": """
        select count(*) from installs n where n.version_id not in (select v.id from integration_versions v)""",
    "a clone or text without its base": """
        select count(*) from (select base_id from entities union all select base_id from entity_versions
          union all select base_id from install_members) n
        where n.base_id is not null and n.base_id not in (select m.id from version_members m)""",
    "a member without its template": """
        select count(*) from version_members m where m.template_id not in (select t.id from templates t)""",
}


@pytest.fixture
def stepped(
    database_url: str, app_role: str, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(_stepped(database_url, app_role, monkeypatch)))
    runner.run(stack.aclose())


@asynccontextmanager
async def _stepped(database_url: str, app_role: str, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    async with connected(database_url) as owner:
        # who waits for each other is found out soon
        name = await owner.fetchval("select current_database()")
        await owner.execute(f"alter database \"{name}\" set deadlock_timeout = '50ms'")
    async with running(database_url, app_role, pool_size=16) as world:
        stop_at_statements(monkeypatch.setattr)
        yield world


MEETINGS: dict[str, tuple[tuple[str, ...], Act, Act]] = {
    "install, and the integration is deleted": ((), INSTALL, DELETE),
    "install, and the integration is deleted and purged": (("uninstalled",), INSTALL, END),
    "install, and the integration is hidden": ((), INSTALL, HIDE),
    "install, and its grant ends": (("granted",), INSTALL, REVOKE),
    "install, and another version comes": ((), INSTALL, PUBLISH),
    "install, twice": (("uninstalled",), INSTALL_AGAIN, INSTALL_AGAIN),
    "install, and the one before is restored": (("uninstalled",), INSTALL_AGAIN, RESTORE),
    "install, and the one before is purged": (("uninstalled",), INSTALL_AGAIN, PURGE_INSTALL),
    "upgrade, and the integration is deleted and purged": ((), UPGRADE, END),
    "upgrade, and the install is ended": ((), UPGRADE, END_INSTALL),
    "upgrade, and the clone is edited": ((), UPGRADE, EDIT),
    "upgrade, twice": ((), UPGRADE, UPGRADE),
    "edit, and uninstall": ((), EDIT, UNINSTALL),
    "edit, and the install is ended": ((), EDIT, END_INSTALL),
    "edit, and detach": ((), EDIT, DETACH),
    "restore, and the integration is purged": (("uninstalled", "deleted"), RESTORE, PURGE),
    "restore, and the install is purged": (("uninstalled",), RESTORE, PURGE_INSTALL),
    "restore, twice": (("uninstalled",), RESTORE, RESTORE),
    "uninstall, and the integration is purged": (("deleted",), UNINSTALL, PURGE),
    "the install and its integration are purged": (("edited", "uninstalled", "deleted"), PURGE_INSTALL, PURGE),
    "the integration is purged twice": (("uninstalled", "deleted"), PURGE, PURGE),
    "a tombstone's last install and kept clone are purged": (
        ("edited", "uninstalled", "deleted", "purged"),
        PURGE_INSTALL,
        END_CLONE,
    ),
}


async def one(world: World, ends: tuple[str, ...], acts: tuple[Act, Act], order: list[int]) -> tuple[Meeting, Run]:
    it = await meeting(world, *ends)
    taken = await run([lambda: acts[0](it), lambda: acts[1](it)], order, world.owner)
    return it, taken


@pytest.mark.parametrize("name", MEETINGS)
async def test_two_calls_end_as_one_after_the_other_would_have(name: str, stepped: World):
    ends, *both = MEETINGS[name]
    acts = (both[0], both[1])
    database: Database = stepped.app.state.database

    async def outcome(it: Meeting, replies: list[Any]) -> tuple[Any, ...]:
        for wrong, statement in INVARIANTS.items():
            assert await stepped.owner.fetchval(statement) == 0, wrong
        return told(replies[0]), told(replies[1]), await facts(it, database)

    serial: list[tuple[Any, ...]] = []
    for first in (0, 1):
        it = await meeting(stepped, *ends)
        replies: list[Any] = [None, None]
        for who in (first, 1 - first):
            replies[who] = await acts[who](it)
        serial.append(await outcome(it, replies))
    # the calls of one party may have those of the other between them
    serial += [await outcome(*found) for found in await _between(stepped, ends, acts)]

    pending = [[0], [1]]
    tried = 0
    while pending:
        order = pending.pop()
        it, taken = await one(stepped, ends, acts, order)
        found = await outcome(it, taken.replies)
        assert found in serial, f"{taken.choices}\n{found}\nis none of\n" + "\n".join(map(str, serial))
        pending += next_orders(taken, order, SWITCHES)
        tried += 1
    assert tried > 3


async def _between(world: World, ends: tuple[str, ...], acts: tuple[Act, Act]) -> list[tuple[Meeting, list[Any]]]:
    """What comes of the first party's only call between the two of the second."""
    halves = HALVES.get(acts[1])
    if halves is None:
        return []
    it = await meeting(world, *ends)
    before = await halves[0](it)
    middle = await acts[0](it)
    return [(it, [middle, before + await halves[1](it)])]


HALVES: dict[Act, tuple[Act, Act]] = {
    END: (DELETE, PURGE),
    END_INSTALL: (UNINSTALL, PURGE_INSTALL),
    END_CLONE: (DELETE_CLONE, PURGE_CLONE),
}


AUTHORS = {"rename": RENAME, "publish": PUBLISH, "hide": HIDE, "delete": DELETE}
TENANTS: dict[str, tuple[tuple[str, ...], Act]] = {
    "install": ((), INSTALL),
    "upgrade": ((), UPGRADE),
    "edit": ((), EDIT),
    "detach": ((), DETACH),
    "uninstall": ((), UNINSTALL),
    "restore": (("uninstalled",), RESTORE),
    "purge": (("uninstalled",), PURGE_INSTALL),
}


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("author", AUTHORS)
async def test_an_author_and_a_tenant_never_wait_for_each_other(tenant: str, author: str, stepped: World):
    ends, work = TENANTS[tenant]
    acts = (work, AUTHORS[author])
    pending = [[0], [1]]
    while pending:
        order = pending.pop()
        _, taken = await one(stepped, ends, acts, order)
        assert taken.blocked == [False, False], taken.choices
        pending += next_orders(taken, order, SWITCHES)


async def test_tenants_do_not_wait_for_each_other(stepped: World):
    for mine, others in ((INSTALL, UPGRADE), (INSTALL, EDIT), (INSTALL, UNINSTALL)):
        for order in ([0], [1]):
            _, taken = await one(stepped, (), (mine, others), order)
            assert taken.blocked == [False, False], taken.choices
