"""Undo: whatever was done to an install, it reads again as before; what was edited since stays."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from graft.ids import Id
from tests.history.test_history import CLONED, scene, upgraded
from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, history_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.test_put_back import Rows, rows_of

Act = Callable[[As, As, dict[str, Any]], Awaitable[object]]


async def undo(caller: As, install: dict[str, Any], **body: Any) -> Reply:
    return await caller.post(f"/api/integration-installs/{install['id']}/undo", body or None)


async def undone(caller: As, install: dict[str, Any], **body: Any) -> dict[str, Any]:
    reply = await undo(caller, install, **body)
    assert reply.status == 200, reply.json
    return reply.json


async def readable(caller: As, install: dict[str, Any]) -> Any:
    """Everything that a caller reads of an install, but for when it was changed last."""
    path = f"/api/integration-installs/{install['id']}"
    found = [(await caller.get(path)).json, (await caller.get(path + "/members")).json]
    entities = await caller.get("/api/entities", source="workspace", include_deleted="false", limit=100)
    found += [(await caller.get("/api/solutions")).json, entities.json]
    return without_times(found)


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: without_times(item)
            for key, item in value.items()
            if key not in {"updatedAt", "startCursor", "endCursor"}
        }
    return [without_times(item) for item in value] if isinstance(value, list) else value


async def stored(world: World, caller: As) -> Rows:
    return await rows_of(world, Id(caller.workspace_id.removeprefix("wsp_")))


async def member(caller: As, install: dict[str, Any], slug: str) -> dict[str, Any]:
    return (await members_of(caller, install))[slug]


async def _patch(caller: As, install: dict[str, Any], slug: str, **body: Any) -> None:
    found = await member(caller, install, slug)
    assert (await caller.patch(f"/api/entities/{found['entityId']}", body)).status == 200


async def _detach(caller: As, install: dict[str, Any], slug: str, *, detached: bool) -> None:
    found = await member(caller, install, slug)
    reply = await caller.post(f"/api/integration-members/{found['id']}/detach", {"detached": detached})
    assert reply.status == 200


async def upgrade(author: As, user: As, install: dict[str, Any]) -> None:
    """To a version that changes a clone and a reference, drops a clone, and has a new clone and a new reference."""
    old = (await author.get(f"/api/integrations/{install['integrationId']}")).json["manifest"]["members"]
    late, further = [await entity(author, "function", slug, {"late": slug}) for slug in ("late", "further")]
    kept = [found for found in old if found["slug"] != "two"]
    manifest = {"members": [*kept, manifest_member(late, **CLONED), manifest_member(further, required=True)]}
    await author.patch(f"/api/integrations/{install['integrationId']}", {"manifest": manifest})
    await upgraded(author, user, install, "2.0.0", one="new", shown="new")


async def edit(_author: As, user: As, install: dict[str, Any]) -> None:
    await _patch(user, install, "one", definition={"text": "mine"})


async def edit_again(author: As, user: As, install: dict[str, Any]) -> None:
    await edit(author, user, install)
    await _patch(user, install, "one", definition={"text": "mine again"})


async def rename(_author: As, user: As, install: dict[str, Any]) -> None:
    await _patch(user, install, "two", name="Second", description="mine")


async def detach(_author: As, user: As, install: dict[str, Any]) -> None:
    await _detach(user, install, "one", detached=True)


async def hand_back(author: As, user: As, install: dict[str, Any]) -> None:
    await edit(author, user, install)
    await _detach(user, install, "one", detached=False)


async def delete(_author: As, user: As, install: dict[str, Any]) -> None:
    assert (await user.delete(f"/api/entities/{(await member(user, install, 'two'))['entityId']}")).status == 200


async def restore(author: As, user: As, install: dict[str, Any]) -> None:
    found = (await member(user, install, "two"))["entityId"]
    await delete(author, user, install)
    assert (await user.post(f"/api/entities/{found}/restore")).status == 200


async def uninstall(_author: As, user: As, install: dict[str, Any]) -> None:
    assert (await user.delete(f"/api/integration-installs/{install['id']}")).status == 200


async def uninstall_edited(author: As, user: As, install: dict[str, Any]) -> None:
    await edit(author, user, install)
    await uninstall(author, user, install)


async def reinstate(author: As, user: As, install: dict[str, Any]) -> None:
    await uninstall_edited(author, user, install)
    assert (await user.post(f"/api/integration-installs/{install['id']}/restore")).status == 200


async def restore_removed(author: As, user: As, install: dict[str, Any]) -> None:
    found = (await member(user, install, "two"))["entityId"]
    await upgrade(author, user, install)
    assert (await user.post(f"/api/entities/{found}/restore")).status == 200


ACTS: list[Act] = [
    upgrade, edit, edit_again, rename, detach, hand_back, delete, restore, uninstall, uninstall_edited, reinstate,
    restore_removed,
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
async def test_what_is_done_is_undone_and_done_again(act: Act, world: World):
    author, user, install = await scene(world)
    first = await readable(user, install), await stored(world, user)
    await act(author, user, install)
    done = await readable(user, install), await stored(world, user)
    *since, _ = await history_of(user, install)

    # an edit that came since is kept; so each is undone, the last one first
    replies = [await undone(user, install, operationId=one["id"], reason="for a try") for one in since]
    assert [(reply["undoes"], reply["skipped"]) for reply in replies] == [(one["id"], []) for one in since]
    assert await readable(user, install) == first[0]
    same_rows(await stored(world, user), first[1])

    told = (await history_of(user, install))[: len(since)]
    assert [(one["id"], one["undoes"]) for one in reversed(told)] == [
        (reply["operationId"], one["id"]) for reply, one in zip(replies, since, strict=True)
    ]
    assert {(one["kind"], one["reason"]) for one in told} == {("undo", "for a try")}

    # and the other way round: undoing the undoing
    for one in told:
        assert (await undone(user, install, operationId=one["id"]))["undoes"] == one["id"]
    assert await readable(user, install) == done[0]
    same_rows(await stored(world, user), done[1])


def same_rows(found: Rows, expected: Rows) -> None:
    """Every row is what it was, and what came since is deleted."""
    for key, values in expected.items():
        assert found[key] == values, key
    assert all(values["deleted_at"] is not None for key, values in found.items() if key not in expected)


async def test_without_an_operation_the_last_one_is_undone_and_done_again(world: World):
    author, user, install = await scene(world)
    await edit(author, user, install)
    before = await readable(user, install)
    await upgrade(author, user, install)
    after = await readable(user, install)
    reply = await undone(user, install)
    assert (reply["updated"], reply["added"], reply["removed"]) == (["shown"], ["two"], ["further", "late"])
    assert await readable(user, install) == before
    again = await undone(user, install)
    assert (again["updated"], again["added"], again["removed"]) == (["shown"], ["further", "late"], ["two"])
    assert await readable(user, install) == after
    assert [row["kind"] for row in await history_of(user, install)] == ["undo", "undo", "upgrade", "edit", "install"]


async def test_an_older_operation_is_undone_with_all_that_came_since(world: World):
    author, user, install = await scene(world)
    before = await readable(user, install)
    await rename(author, user, install)
    await upgrade(author, user, install)
    await uninstall(author, user, install)
    operations = await history_of(user, install)
    await undone(user, install, operationId=operations[2]["id"])
    assert await readable(user, install) == before


async def test_undoing_what_is_undone_already_writes_nothing(world: World):
    author, user, install = await scene(world)
    await upgrade(author, user, install)
    operation = (await history_of(user, install))[0]
    await undone(user, install)
    reply = await undone(user, install, operationId=operation["id"])
    assert reply == {
        "updated": [],
        "added": [],
        "removed": [],
        "skipped": [],
        "operationId": None,
        "undoes": operation["id"],
    }
    assert len(await history_of(user, install)) == 3


async def test_an_undo_is_in_the_history_and_among_the_events(world: World):
    author, user, install = await scene(world)
    await upgrade(author, user, install)
    upgrading = (await history_of(user, install))[0]
    reply = await undone(user, install)
    undoing, told, _ = await history_of(user, install)
    assert (told["id"], told["undoneBy"]) == (upgrading["id"], reply["operationId"])
    assert (undoing["fromVersionId"], undoing["toVersionId"]) == (upgrading["toVersionId"], upgrading["fromVersionId"])
    assert undoing["counts"] == {"added": 1, "updated": 2, "removed": 2, "skipped": 0}
    [event] = (await user.get("/api/events", type="integration_install.undone")).json["data"]
    assert event["subjectId"] == install["id"]
    assert event["data"] == {
        "operationId": reply["operationId"], "undoes": upgrading["id"], "added": 1, "updated": 2, "removed": 2, "skipped": 0
    }  # fmt: skip
    full = (await user.get(f"/api/operations/{undoing['id']}")).json
    assert {found["slug"]: found["did"] for found in full["members"]} == {
        "one": ["updated"], "two": ["restored"], "shown": ["updated"], "late": ["removed"], "further": ["removed"]
    }  # fmt: skip


async def test_what_went_with_an_undo_reads_as_it_did(world: World):
    author, user, install = await scene(world)
    await upgrade(author, user, install)
    late = (await member(user, install, "late"))["entityId"]
    was = (await user.get(f"/api/entities/{late}")).json["definition"]
    await undone(user, install)
    gone = (await user.get(f"/api/entities/{late}")).json
    assert gone["deletedAt"] is not None
    assert gone["definition"] == was


async def test_an_install_is_undone_by_uninstalling_it(world: World):
    _, user, install = await scene(world)
    reply = await undo(user, install)
    assert (reply.status, reply.code) == (409, "not-undoable")
    assert f"DELETE /api/integration-installs/{install['id']}" in reply.json["detail"]


async def test_an_operation_of_another_install_is_none_of_this_one(world: World):
    author, user, install = await scene(world)
    draft = await offered(author, "other", [])
    other = await installed(user, draft["id"])
    [foreign] = await history_of(user, other)
    for wanted in (foreign["id"], "intopn_01h455vb4pex5vsknk084sn02q", "nonsense"):
        assert (await undo(user, install, operationId=wanted)).problems == {("/operationId", "unknown-operation")}


async def test_an_operation_without_images_is_not_undone(world: World):
    author, user, install = await scene(world)
    await upgrade(author, user, install)
    await world.owner.execute("update operations set before = '{\"variables\": {}}' where kind = 'upgrade'")
    reply = await undo(user, install)
    assert (reply.status, reply.code) == (409, "not-undoable")


async def test_an_undo_is_refused_where_the_state_before_is_not_to_be_had(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await offered(author, "base", [])
    top = await offered(author, "top", [], manifest={"dependencies": [{"integration": "author/base", "range": "^1"}]})
    under, above = await installed(user, base["id"]), await installed(user, top["id"])
    await user.delete(f"/api/integration-installs/{above['id']}")
    await user.delete(f"/api/integration-installs/{under['id']}")
    reply = await undo(user, above)
    assert (reply.status, reply.code, reply.json["missing"]) == (409, "dependency-missing", ["author/base ^1"])
    await undone(user, under)
    await undone(user, above)
    # its return is what the other one needs
    reply = await undo(user, under)
    assert (reply.status, reply.code, reply.json["dependents"]) == (409, "dependent-breaks", ["author/top"])


async def test_a_viewer_undoes_nothing_and_a_stranger_sees_nothing(world: World):
    author, user, install = await scene(world)
    await edit(author, user, install)
    viewer = await world.key(user.workspace_id, "viewer")
    assert (await undo(viewer, install)).status == 403
    assert (await undo(author, install)).status == 404


async def test_a_text_that_was_edited_since_stays(world: World):
    author, user, install = await scene(world)
    await upgrade(author, user, install)
    late = await member(user, install, "late")
    await _patch(
        user, install, "late", definition={"late": "mine", "calls": (await member(user, install, "one"))["entityId"]}
    )
    await undone(user, install, operationId=(await history_of(user, install))[1]["id"])
    members = await members_of(user, install)
    assert await definition_of(user, members["late"]) == {"late": "mine", "calls": members["one"]["entityId"]}
    assert members["late"]["id"] == late["id"]
    assert members.keys() == {"one", "two", "shown", "late"}
    assert await definition_of(user, members["one"]) == {"text": "one"}
