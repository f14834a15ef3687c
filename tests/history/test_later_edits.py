"""What was edited after the operation that is undone keeps its edits: the rest of the text goes back."""

from typing import Any

from tests.history.test_history import CLONED
from tests.history.test_undo import readable, undone
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, history_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import World

SCHEMA = {"type": "object", "properties": {"host": {"type": "string"}}}
FIRST = {"summary": "one", "host": "${variables.host}", "tags": ["a"], "deep": {"x": 1, "y": 1}}


async def scene(world: World) -> tuple[As, As, dict[str, Any]]:
    """Author, user, and an install of a clone that reads a variable and names another one."""
    author, user = await world.workspace("author"), await world.workspace("user")
    other = await entity(author, "function", "other", {"text": "other"})
    made = await entity(author, "function", "main", {**FIRST, "calls": other["id"]})
    members = [manifest_member(made, **CLONED), manifest_member(other, **CLONED)]
    draft = await offered(author, "demo", members, variablesSchema=SCHEMA)
    return author, user, await installed(user, draft["id"], variables={"host": "a.example"})


async def upgraded(author: As, user: As, install: dict[str, Any], version: str, **changes: Any) -> None:
    """A version in which the clone has other values, and the install in it."""
    variables = changes.pop("variables", None)
    [found] = (await author.get("/api/entities", slug="main", source="workspace")).json["data"]
    text = {**found["definition"], **changes}
    assert (await author.patch(f"/api/entities/{found['id']}", {"definition": text})).status == 200
    await published(author, install["integrationId"], version)
    body = None if variables is None else {"variables": variables}
    reply = await user.post(f"/api/integration-installs/{install['id']}/upgrade", body)
    assert reply.status == 200, reply.json


async def main_of(user: As, install: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    member = (await members_of(user, install))["main"]
    return member, await definition_of(user, member)


async def edit(user: As, install: dict[str, Any], **changes: Any) -> None:
    member, text = await main_of(user, install)
    assert (await user.patch(f"/api/entities/{member['entityId']}", {"definition": {**text, **changes}})).status == 200


async def operation(user: As, install: dict[str, Any], kind: str, at: int = 0) -> str:
    return [row["id"] for row in await history_of(user, install) if row["kind"] == kind][at]


async def test_an_edit_beside_what_goes_back_is_merged(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two", more=1, variables={"host": "b.example"})
    await edit(user, install, deep={"x": 1, "y": "mine"})
    after = await readable(user, install)
    reply = await undone(user, install, operationId=await operation(user, install, "upgrade"))
    assert (reply["updated"], reply["skipped"]) == (["main"], [])
    member, text = await main_of(user, install)
    assert text == {**before, "deep": {"x": 1, "y": "mine"}}
    assert (member["detachedBy"], member["edited"], member["sourceVersionId"]) == (
        "edit", True, install["integrationVersionId"]
    )  # fmt: skip
    # and the other way round
    await undone(user, install)
    assert await readable(user, install) == after


async def test_a_merged_text_goes_on_as_an_edited_clone(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", summary="two")
    await edit(user, install, deep={"x": 1, "y": "mine"})
    await undone(user, install, operationId=await operation(user, install, "upgrade"))
    reply = await user.post(f"/api/integration-installs/{install['id']}/upgrade")
    assert (reply.json["skipped"], reply.json["updated"]) == (["main"], [])
    # back to what it was given: attached again
    await undone(user, install)
    _, text = await main_of(user, install)
    await edit(user, install, deep={"x": 1, "y": 1})
    member, text = await main_of(user, install)
    assert (text["summary"], member["detached"], member["edited"]) == ("one", False, False)


async def test_an_edit_of_what_goes_back_is_left_alone_and_told(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", summary="two", more=1)
    await edit(user, install, summary="mine")
    before = await main_of(user, install)
    reply = await undone(user, install, operationId=await operation(user, install, "upgrade"))
    assert (reply["updated"], reply["skipped"]) == ([], ["main"])
    assert (await main_of(user, install))[1] == before[1]
    [install_now] = (await user.get("/api/integration-installs")).json["data"]
    assert install_now["integrationVersionId"] == install["integrationVersionId"]


async def test_an_edit_that_took_back_the_upgrade_is_no_edit_any_more(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    await edit(user, install, summary="one")
    reply = await undone(user, install, operationId=await operation(user, install, "upgrade"))
    assert reply["skipped"] == []
    member, text = await main_of(user, install)
    assert (text, member["detached"], member["edited"]) == (before, False, False)


async def test_an_older_edit_is_taken_out_of_the_middle(world: World):
    _, user, install = await scene(world)
    _, before = await main_of(user, install)
    await edit(user, install, summary="first edit")
    await edit(user, install, deep={"x": 1, "y": "second edit"})
    await edit(user, install, tags=["third edit"])
    await undone(user, install, operationId=await operation(user, install, "edit", 2))
    assert (await main_of(user, install))[1] == {**before, "deep": {"x": 1, "y": "second edit"}, "tags": ["third edit"]}
    # before the second edit the first one was there: its undoing goes as well
    await undone(user, install, operationId=await operation(user, install, "edit", 1))
    assert (await main_of(user, install))[1] == {**before, "summary": "first edit", "tags": ["third edit"]}


async def test_an_edit_that_was_undone_is_kept_by_no_later_undo(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    await edit(user, install, deep={"x": 1, "y": "mine"})
    await undone(user, install)
    await undone(user, install, operationId=await operation(user, install, "upgrade"))
    member, text = await main_of(user, install)
    assert (text, member["detached"]) == (before, False)


async def test_an_edit_that_was_undone_and_done_again_is_kept(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    await edit(user, install, deep={"x": 1, "y": "mine"})
    await undone(user, install)
    await undone(user, install)
    await undone(user, install, operationId=await operation(user, install, "upgrade"))
    assert (await main_of(user, install))[1] == {**before, "deep": {"x": 1, "y": "mine"}}


async def test_several_upgrades_go_back_beside_edits_between_them(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    await edit(user, install, deep={"x": "mine", "y": 1})
    member, text = await main_of(user, install)
    await user.post(f"/api/integration-members/{member['id']}/detach", {"detached": False})
    await upgraded(author, user, install, "3.0.0", tags=["b"])
    await edit(user, install, deep={"x": 1, "y": "mine"})
    await undone(user, install, operationId=await operation(user, install, "upgrade", 1))
    # what was handed back and overwritten is an edit no more than any that an upgrade took
    assert (await main_of(user, install))[1]["deep"]["y"] == "mine"
    assert (await main_of(user, install))[1]["summary"] == before["summary"]
    assert (await main_of(user, install))[1]["tags"] == before["tags"]
    assert text["summary"] == "two"
