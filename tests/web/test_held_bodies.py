"""Who calls is decided when the operation begins: rights that end while a body is on its way do nothing any more."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest

from graft.app import ENDPOINTS
from graft.db.tables import TABLES, Kind
from graft.web.endpoint import Endpoint
from tests.fours.table import DOCUMENT, NEW_ENTITY
from tests.support.client import As
from tests.support.four import filled
from tests.support.scene import BODIES, scene_of
from tests.support.world import World

pytestmark = pytest.mark.slow

WITH_BODIES = [call for call in ENDPOINTS if call.body is not None or call.body_raw]
# Any user makes a workspace of their own, whatever else they lose.
ANYBODYS = "POST /api/workspaces"
LOST = {401, 403, 404}
# An id in a body that the caller does not see is a problem of the body; an admin sees their deleted workspace.
UNSEEN = {"POST /api/permissions": {400}, "PATCH /api/workspaces/{id}": {409}}
OTHERS = {
    "POST /api/entities": NEW_ENTITY,
    "POST /api/entities/import-openapi": DOCUMENT,
    "POST /api/integrations": {**BODIES["POST /api/integrations"], "slug": "another"},
    "POST /api/integration-installs/{id}/upgrade": {},
    "POST /api/integration-installs/{id}/undo": {},
    "POST /api/integration-installs/{id}/undo-plans": {},
    "POST /api/integrations/{id}/impact": {},
}


@dataclass
class Held:
    """A request whose last byte has not been sent yet."""

    call: Endpoint
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    reply: asyncio.Task[httpx.Response] | None = None

    @property
    def name(self) -> str:
        return f"{self.call.method} {self.call.path}"

    async def parts(self, body: bytes) -> AsyncGenerator[bytes]:
        yield body[:-1]
        self.reached.set()
        await self.go.wait()
        yield body[-1:]

    async def finished(self) -> int:
        assert self.reply is not None
        self.go.set()
        return (await self.reply).status_code


async def _hold(caller: As, call: Endpoint, scene: dict[str, str]) -> Held | None:
    """None where the caller lacks what the call needs, and is refused as it comes."""
    held = Held(call)
    path = call.path.replace("{id}", scene.get(call.path.split("/")[2], ""))
    if call.body_raw:
        path += f"?workspaceId={scene['workspace']}"
    body = msgspec.json.encode(filled(OTHERS.get(held.name, BODIES.get(held.name)), scene))
    headers = {
        "Authorization": f"Bearer {caller.token}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    sent = caller.world.http.request(call.method, path, headers=headers, content=held.parts(body))
    with caller.world.hearing.request(caller.token, call.method, path):
        held.reply = asyncio.create_task(sent)
    reached = asyncio.create_task(held.reached.wait())
    await asyncio.wait([reached, held.reply], timeout=60, return_when=asyncio.FIRST_COMPLETED)
    if held.reached.is_set():
        return held
    reached.cancel()
    assert call.needs is not None
    assert (await held.reply).status_code in {403, 404}
    return None


async def _hold_all(caller: As, scene: dict[str, str]) -> list[Held]:
    return [held for call in WITH_BODIES if (held := await _hold(caller, call, scene)) is not None]


async def _stored(world: World) -> dict[str, list[str]]:
    """All rows, but what only this server keeps."""
    return {
        table.name: [row[0] for row in await world.owner.fetch(f"select t::text from {table.name} t order by 1")]
        for table in TABLES
        if table.kind is not Kind.LOCAL
    }


@dataclass
class Scene:
    world: World
    alpha: As
    platform: As
    objects: dict[str, str]

    async def member(self, tier: str = "admin") -> tuple[As, str]:
        """The session of a member, and the membership's id."""
        user_id = await self.world.user("able")
        await self.world.member(self.alpha.workspace_id, user_id, tier)
        [row] = (await self.alpha.get("/api/workspace-members", user_id=user_id)).json["data"]
        return await self.world.session(user_id), row["id"]

    async def key(self) -> tuple[As, str]:
        """An admin's key, and its id."""
        body = {"kind": "secret", "workspaceId": self.alpha.workspace_id, "tier": "admin", "name": "k"}
        made = (await self.alpha.post("/api/api-keys", body)).json
        return As(self.world, made["token"], self.alpha.workspace_id), made["id"]


async def _done(reply: Awaitable[Any]) -> None:
    assert (await reply).status == 200


Change = Callable[[], Awaitable[None]]


async def _revoked(scene: Scene) -> tuple[As, Change]:
    key, key_id = await scene.key()
    return key, lambda: _done(scene.alpha.delete(f"/api/api-keys/{key_id}"))


async def _expired(scene: Scene) -> tuple[As, Change]:
    key, key_id = await scene.key()

    async def expire() -> None:
        await scene.world.owner.execute(
            "update api_keys set expires_at = now() where id = $1", key_id.removeprefix("apikey_")
        )
        scene.world.callers.forget()

    return key, expire


async def _session_ended(scene: Scene) -> tuple[As, Change]:
    session, _ = await scene.member()
    [row] = (await session.get("/api/api-keys", kind="session")).json["data"]
    return session, lambda: _done(scene.platform.delete(f"/api/api-keys/{row['id']}"))


async def _removed(scene: Scene) -> tuple[As, Change]:
    session, member_id = await scene.member()
    return session, lambda: _done(scene.alpha.delete(f"/api/workspace-members/{member_id}"))


async def _lowered(scene: Scene) -> tuple[As, Change]:
    session, member_id = await scene.member()
    return session, lambda: _done(scene.alpha.patch(f"/api/workspace-members/{member_id}", {"tier": "viewer"}))


async def _demoted(scene: Scene) -> tuple[As, Change]:
    user_id = await scene.world.user("boss", platform_admin=True)
    session = await scene.world.session(user_id)
    return session, lambda: _done(scene.platform.patch(f"/api/users/{user_id}", {"platformAdmin": False}))


async def _user_deleted(scene: Scene) -> tuple[As, Change]:
    user_id = await scene.world.user("boss", platform_admin=True)
    session = await scene.world.session(user_id)
    return session, lambda: _done(scene.platform.delete(f"/api/users/{user_id}"))


async def _workspace_deleted(scene: Scene) -> tuple[As, Change]:
    session, _ = await scene.member()
    return session, lambda: _done(scene.platform.delete(f"/api/workspaces/{scene.alpha.workspace_id}"))


CHANGES = {
    "key revoked": _revoked,
    "key expired": _expired,
    "session ended": _session_ended,
    "member removed": _removed,
    "tier lowered": _lowered,
    "platform admin demoted": _demoted,
    "user deleted": _user_deleted,
    "workspace deleted": _workspace_deleted,
}


async def _scene(world: World) -> Scene:
    alpha = await world.workspace("alpha")
    return Scene(world, alpha, await world.platform_admin(), await scene_of(world, alpha))


@pytest.mark.parametrize("change", CHANGES)
async def test_what_ends_a_right_while_the_last_byte_is_missing_ends_the_call(change: str, world: World):
    scene = await _scene(world)
    caller, end = await CHANGES[change](scene)
    held = [one for one in await _hold_all(caller, scene.objects) if one.name != ANYBODYS]
    # but for what only a platform admin or a user may do
    assert len(held) >= len(WITH_BODIES) - 4
    await end()
    before = await _stored(world)

    told = {one.name: await one.finished() for one in held}
    assert {name: status for name, status in told.items() if status not in LOST | UNSEEN.get(name, set())} == {}
    assert await _stored(world) == before


async def test_the_same_calls_are_answered_where_nothing_ends_meanwhile(world: World):
    scene = await _scene(world)
    held = await _hold_all(scene.platform, scene.objects)
    assert len(held) == len(WITH_BODIES)
    told = {one.name: await one.finished() for one in held}
    assert {name: status for name, status in told.items() if status in LOST | {400, 500, 503}} == {}
