"""The description of a clone is its version's until the workspace changes it, and takes no room until then."""

from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import World


async def _described(author: As, entity_id: str, draft_id: str, text: str | None, version: str) -> None:
    assert (await author.patch(f"/api/entities/{entity_id}", {"description": text})).status == 200
    await published(author, draft_id, version)


async def test_it_follows_the_version_until_it_is_changed(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = await entity(author, "function", "greet", {"text": "one"})
    await author.patch(f"/api/entities/{made['id']}", {"description": "first"})
    draft = await offered(author, "demo", [manifest_member(made, required=True, forkOnInstall=True)])
    install = await installed(user, draft["id"])
    path = f"/api/entities/{(await members_of(user, install))['greet']['entityId']}"

    async def read() -> tuple[Any, Any]:
        """By its id, and in the list."""
        (listed,) = (await user.get("/api/entities", source="workspace", name="greet")).json["data"]
        return (await user.get(path)).json["description"], listed["description"]

    async def upgraded(text: str | None, version: str) -> tuple[Any, Any]:
        await _described(author, made["id"], draft["id"], text, version)
        assert (await user.post(f"/api/integration-installs/{install['id']}/upgrade")).status == 200
        return await read()

    stored = "select description, described_by_base from entities where origin_install_id is not null"
    assert await read() == ("first", "first")
    assert await world.values(stored) == (None, True)
    found = await user.get("/api/entities", source="workspace", filter='{"description": {"eq": "first"}}')
    assert len(found.json["data"]) == 1
    assert await upgraded("second", "1.1.0") == ("second", "second")
    assert (await user.patch(path, {"name": "renamed", "description": "second"})).status == 200
    assert (await user.patch(path, {"name": "greet"})).status == 200
    # what reads as the version has it is not changed
    assert await upgraded("third", "1.2.0") == ("third", "third")
    assert await world.values(stored) == (None, True)
    assert (await user.patch(path, {"description": "mine"})).status == 200
    assert await upgraded("fourth", "1.3.0") == ("mine", "mine")
    assert (await user.patch(path, {"description": None})).status == 200
    assert await upgraded("fifth", "1.4.0") == (None, None)
    assert await upgraded(None, "1.5.0") == (None, None)
    # now it reads as the version has it
    assert await upgraded("sixth", "1.6.0") == ("sixth", "sixth")


@pytest.mark.parametrize(("text", "after"), [("mine", "mine"), ("first", "second")])
async def test_one_that_is_stored_as_each_was_before_counts(text: str, after: str, world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = await entity(author, "function", "greet", {"text": "one"})
    await author.patch(f"/api/entities/{made['id']}", {"description": "first"})
    draft = await offered(author, "demo", [manifest_member(made, required=True, forkOnInstall=True)])
    install = await installed(user, draft["id"])
    path = f"/api/entities/{(await members_of(user, install))['greet']['entityId']}"
    old = "update entities set description = $1, described_by_base = null where origin_install_id is not null"
    await world.owner.execute(old, text)
    assert (await user.get(path)).json["description"] == text
    await _described(author, made["id"], draft["id"], "second", "2.0.0")
    assert (await user.post(f"/api/integration-installs/{install['id']}/upgrade")).status == 200
    assert (await user.get(path)).json["description"] == after
