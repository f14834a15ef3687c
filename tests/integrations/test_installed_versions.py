"""Each version that an active install has is read by its workspace, whatever becomes of the integration."""

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

pytestmark = pytest.mark.slow


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
