"""What a caller does not see costs and waits as what is not there: sight is asked before any lock."""

import asyncio

import pytest

from graft import ids
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

pytestmark = pytest.mark.slow

# Who waits for the lock that the test holds waits longer.
SECONDS = 30

INTEGRATION = [
    ("PATCH", "/api/integrations/<int>", {"name": "mine"}),
    ("DELETE", "/api/integrations/<int>", None),
    ("POST", "/api/integrations/<int>/restore", None),
    ("DELETE", "/api/integrations/<int>/purge", None),
    ("POST", "/api/integrations/<int>/publish", {"version": "1.0.0"}),
    ("POST", "/api/integrations/<int>/visibility", {"visibility": "unlisted"}),
    ("POST", "/api/integrations/<int>/review", {"approve": True}),
    ("POST", "/api/permissions", {"entityId": "<int>", "subjectId": None, "tier": "viewer"}),
]
OTHERS = [
    ("PATCH", "/api/permissions/<per>", {"tier": "viewer"}),
    ("DELETE", "/api/permissions/<per>", None),
    ("PATCH", "/api/workspaces/<wsp>", {"name": "mine"}),
    ("DELETE", "/api/workspaces/<wsp>", None),
    ("POST", "/api/workspaces/<wsp>/restore", None),
    ("PATCH", "/api/api-keys/<apikey>", {"name": "mine"}),
    ("DELETE", "/api/api-keys/<apikey>", None),
    ("DELETE", "/api/publishers/<wsppub>", None),
]
TABLES = ("integrations", "permissions", "workspaces", "api_keys", "publishers")


async def scene(world: World) -> dict[str, str]:
    author = await world.workspace("author")
    draft = await integration(author)
    body = {"entityId": draft["id"], "subjectId": None, "tier": "viewer"}
    grant = (await author.post("/api/permissions", body)).json["id"]
    await author.delete(f"/api/permissions/{grant}")
    key = (await author.get("/api/api-keys")).json["data"][0]["id"]
    publisher = (await author.get("/api/publishers")).json["data"][0]["id"]
    return {"int": draft["id"], "per": grant, "wsp": author.workspace_id, "apikey": key, "wsppub": publisher}


def filled(text: str, scene: dict[str, str]) -> str:
    for name, value in scene.items():
        text = text.replace(f"<{name}>", value)
    return text


@pytest.mark.parametrize(("method", "path", "body"), [*INTEGRATION, *OTHERS], ids=str)
async def test_nobody_waits_for_what_they_do_not_see(
    method: str, path: str, body: dict[str, object] | None, world: World
):
    there, stranger = await scene(world), await world.workspace("stranger")
    absent = {name: f"{name}_{ids.new_id()}" for name in there}
    asked = []
    async with world.owner.transaction():
        for table in TABLES:
            # foreign keys do not wait for this, who changes a row does
            await world.owner.execute(f"select 1 from {table} for no key update")
        for found in (there, absent):
            sent = body and {
                name: filled(value, found) if isinstance(value, str) else value for name, value in body.items()
            }
            async with asyncio.timeout(SECONDS):
                asked.append(await stranger(method, filled(path, found), sent))
    unseen, unknown = asked
    assert (unseen.status, unseen.code) == (unknown.status, unknown.code)
    assert unseen.status in {400, 404}
    assert unseen.statements == unknown.statements


async def two_versions(author: As, user: As) -> tuple[str, list[str], list[str]]:
    """A private integration of which the workspace has two installs, at one version each: its id, versions, installs."""
    function = await entity(author, "function", "greet")
    manifest = {"members": [manifest_member(function)], "allowMultipleInstalls": True}
    draft = await integration(author, manifest=manifest)
    versions, installs = [], []
    for version in ("1.0.0", "2.0.0"):
        versions.append((await published(author, draft["id"], version))["id"])
        await unlisted(author, draft["id"])
        installs.append((await installed(user, draft["id"]))["id"])
    await author.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "private"})
    return draft["id"], versions, installs


async def statuses(caller: As, draft: str, versions: list[str]) -> list[tuple[int, int]]:
    """Of each version: whether it is read, and previewed."""
    found = []
    for version in versions:
        read = await caller.get(f"/api/integration-versions/{version}")
        preview = await caller.get(f"/api/integrations/{draft}/members", integrationVersionId=version)
        found.append((read.status, preview.status))
    return found


SEES, NOT = (200, 200), (404, 404)


async def test_each_version_that_an_active_install_has_is_read(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    stranger = await world.workspace("stranger")
    draft, versions, installs = await two_versions(author, user)
    later = (await published(author, draft, "3.0.0"))["id"]
    assert await statuses(user, draft, [*versions, later]) == [SEES, SEES, NOT]
    assert await statuses(stranger, draft, versions) == [NOT, NOT]
    await user.delete(f"/api/integration-installs/{installs[1]}")
    assert await statuses(user, draft, versions) == [SEES, NOT]


async def test_the_versions_installed_are_read_when_the_integration_is_deleted(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft, versions, installs = await two_versions(author, user)
    assert (await author.delete(f"/api/integrations/{draft}")).status == 200
    assert await statuses(user, draft, versions) == [SEES, SEES]
    assert (await user.get(f"/api/integrations/{draft}")).status == 404
    assert (await user.get(f"/api/integrations/{draft}/members")).status == 404
    for install in installs:
        await user.delete(f"/api/integration-installs/{install}")
    assert await statuses(user, draft, versions) == [NOT, NOT]


async def test_a_version_is_previewed_under_its_own_integration_alone(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    _, versions, _ = await two_versions(author, user)
    other = await integration(user, "other")
    reply = await user.get(f"/api/integrations/{other['id']}/members", integrationVersionId=versions[0])
    assert reply.status == 404
