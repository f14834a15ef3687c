"""Which clone is which member, whatever slugs do, and when an edit is none."""

import json
from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World
from tests.upgrades.upgrade_life import NOTHING, Free, cloned, free, shown

pytestmark = pytest.mark.slow


async def test_a_member_of_the_same_entity_keeps_its_clone_under_a_new_slug(world: World):
    it = await free(world)
    plain, edited = [await entity(it.author, "function", slug, {"v": 1}) for slug in ("plain", "edited")]
    names = await entity(it.author, "function", "names", {"calls": [plain["id"], edited["id"]]})
    await it.begin(cloned(plain), cloned(edited), cloned(names))
    before = {slug: found["entityId"] for slug, found in (await it.members()).items()}
    await it.edit(before["edited"], {"v": 1, "mine": True})

    await it.publish(cloned(plain, "alpha"), cloned(edited, "beta"), cloned(names))
    assert await it.upgrade() == NOTHING | {"updated": ["alpha", "beta", "names"]}
    after = {slug: found["entityId"] for slug, found in (await it.members()).items()}
    assert after == {"alpha": before["plain"], "beta": before["edited"], "names": before["names"]}
    assert await it.text(after["beta"]) == {"v": 1, "mine": True}
    assert await it.text(after["names"]) == {"calls": [after["alpha"], after["beta"]]}


async def test_members_may_exchange_their_slugs_with_new_ones(world: World):
    it = await free(world)
    first, second, third = [await entity(it.author, "function", slug, {"is": slug}) for slug in "abc"]
    await it.begin(cloned(first, "x"), cloned(second, "y"))
    before = {slug: found["entityId"] for slug, found in (await it.members()).items()}
    # y's entity goes on as z, and an agent takes y
    agent = await entity(it.author, "agent", "agent", {"is": "agent"})
    await it.publish(cloned(first, "x"), cloned(second, "z"), cloned(agent, "y"), cloned(third, "w"))
    assert await it.upgrade() == NOTHING | {"updated": ["z"], "added": ["w", "y"]}
    after = {slug: found["entityId"] for slug, found in (await it.members()).items()}
    assert (after["x"], after["z"]) == (before["x"], before["y"])
    assert await it.text(after["z"]) == {"is": "b"}


async def test_rows_that_step_aside_never_meet(world: World):
    it = await free(world)
    one, two = [await entity(it.author, "schema", slug, {"is": slug}) for slug in ("e1", "e2")]
    calls = await entity(it.author, "function", "ff", {"text": "ff"})
    await it.begin(cloned(one, "a"))
    first = await it.id_of("a")
    await it.edit(first, {"mine": 1})
    await it.publish(cloned(calls, "a"))
    assert await it.upgrade() == NOTHING | {"added": ["a"], "skipped": ["a"]}
    # a schema of this slug again: it is the clone that stepped aside, whatever the author's entity
    await it.publish(cloned(two, "a"))
    await it.upgrade()
    assert await it.id_of("a") == first

    # and it is what its first entity is named by from now on
    await it.write(calls, {"in": one["id"]})
    await it.publish(cloned(calls, "a"))
    await it.upgrade()
    found = await it.members()
    assert found["schema:e1"]["entityId"] == first
    assert await it.text(found["a"]["entityId"]) == {"in": first}
    assert await it.text(first) == {"mine": 1}
    assert await it.upgrade() == NOTHING


async def test_a_clone_that_stepped_aside_comes_back_with_its_kind(world: World):
    it = await free(world)
    shape, calls = (
        await entity(it.author, "schema", "s", {"v": 1}),
        await entity(it.author, "function", "f", {"v": 2}),
    )
    await it.begin(cloned(shape, "a"))
    clone = await it.id_of("a")
    await it.edit(clone, {"mine": 1})
    await it.publish(cloned(calls, "a"))
    await it.upgrade()
    assert (await it.members()).keys() == {"a", "a~schema"}
    await it.publish(cloned(shape, "a"))
    await it.upgrade()
    assert {slug: row["entityId"] for slug, row in (await it.members()).items()} == {"a": clone}


async def test_a_row_that_does_not_fit_asks_for_nothing(world: World):
    it = await free(world)
    calls = await entity(it.author, "function", "x", {"v": 1})
    optional = {**manifest_member(calls, forkOnInstall=True), "slug": "x"}
    await it.begin(optional, body={"memberPolicy": "manual", "selectedMemberSlugs": ["x"]})
    await it.edit(await it.id_of("x"), {"mine": 1})
    await it.publish()
    await it.upgrade()
    shape = await entity(it.author, "schema", "shape", {})
    await it.publish({**manifest_member(shape, forkOnInstall=True), "slug": "x"})
    assert await it.upgrade() == NOTHING
    assert {row["kind"] for row in (await it.members()).values()} == {"function"}


async def test_equal_json_is_no_edit(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"min": 1, "max": 2.5, "on": True})
    await it.begin(cloned(source))
    clone = await it.id_of("f")
    before = await it.read(clone)
    for same in (b'{"min":1.0,"max":2.5,"on":true}', b'{"on":true,"max":2.50,"min":1e0}'):
        body = b'{"definition":' + same + b"}"
        reply = await it.user(
            "PATCH", f"/api/entities/{clone}", content=body, headers={"Content-Type": "application/json"}
        )
        assert reply.json == before
    assert (await it.members())["f"]["detached"] is False
    # to Python, true is 1
    await it.edit(clone, {"min": 1, "max": 2.5, "on": 1})
    assert (await it.members())["f"]["detachedBy"] == "edit"


async def test_an_edit_that_brings_the_text_back_attaches_the_clone(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(cloned(source))
    before = (await it.members())["f"]
    await it.edit(before["entityId"], {"v": 9})
    await it.edit(before["entityId"], {"v": 1.0})
    assert (await it.members())["f"] == before
    assert await it.upgrade() == NOTHING
    await it.write(source, {"v": 2})
    await it.publish(cloned(source))
    assert await it.upgrade() == NOTHING | {"updated": ["f"]}
    assert await it.text(before["entityId"]) == {"v": 2}


async def test_a_clone_detached_by_the_call_stays_so_whatever_its_text(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(cloned(source))
    member = (await it.members())["f"]
    path = f"/api/integration-members/{member['id']}/detach"
    await it.edit(member["entityId"], {"v": 9})
    assert (await it.user.post(path, {"detached": True})).status == 200
    assert (await it.members())["f"]["detachedBy"] == "call"
    await it.edit(member["entityId"], {"v": 1})
    now = (await it.members())["f"]
    assert (now["detachedBy"], now["edited"]) == ("call", False)


async def test_an_edit_that_the_version_makes_as_well_is_none(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(cloned(source))
    clone = await it.id_of("f")
    await it.edit(clone, {"v": 2})
    for value in (2, 3):
        await it.write(source, {"v": value})
        await it.publish(cloned(source))
        assert await it.upgrade() == NOTHING | {"updated": ["f"]}
        assert (await it.members())["f"]["detached"] is False
        assert await it.text(clone) == {"v": value}


async def test_an_edit_to_what_the_installed_version_gives_is_attached_by_the_next_upgrade(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(cloned(source))
    clone = await it.id_of("f")
    await it.edit(clone, {"v": 9})
    await it.write(source, {"v": 2})
    await it.publish(cloned(source))
    assert await it.upgrade() == NOTHING | {"skipped": ["f"]}
    await it.edit(clone, {"v": 2})
    assert await it.upgrade() == NOTHING | {"updated": ["f"]}
    assert (await it.members())["f"]["detached"] is False


async def test_an_edit_that_the_version_makes_as_well_does_not_bring_a_deleted_clone_back(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(cloned(source))
    clone = await it.id_of("f")
    await it.edit(clone, {"v": 2})
    assert (await it.user.delete(f"/api/entities/{clone}")).status == 200
    await it.write(source, {"v": 2})
    await it.publish(cloned(source))
    assert await it.upgrade() == NOTHING | {"skipped": ["f"]}
    assert (await it.read(clone))["deletedAt"] is not None


async def test_a_clone_handed_back_with_the_text_of_its_base_goes_on_reading_from_it(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": "${variables.v}"})
    schema = {"type": "object", "properties": {"v": {}}}
    await it.begin(cloned(source), variablesSchema=schema, body={"variables": {"v": 1}})
    member = (await it.members())["f"]
    path = f"/api/integration-members/{member['id']}/detach"
    for detached in (True, False):
        assert (await it.user.post(path, {"detached": detached})).status == 200
    assert (await it.members())["f"] == member
    assert await it.upgrade() == NOTHING
    for detached in (True, False):
        assert (await it.user.post(path, {"detached": detached})).status == 200
    assert await it.upgrade(variables={"v": 2}) == NOTHING | {"updated": ["f"]}
    assert await it.text(member["entityId"]) == {"v": 2}


async def test_the_first_clones_of_an_install_come_with_a_solution(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(shown(source))
    assert it.install["solutionId"] is None
    await it.publish(cloned(source))
    await it.upgrade()
    solution = (await it.user.get(f"/api/integration-installs/{it.install['id']}")).json["solutionId"]
    listed = (await it.user.get("/api/solution-members", solution_id=solution)).json["data"]
    assert [found["entityId"] for found in listed] == [await it.id_of("f")]


def api(title: str, operation: str, field: str) -> str:
    """A document with one operation, whose error is a schema `Error` of its own."""
    error = {"$ref": "#/components/schemas/Error"}
    bad = {"description": "no", "content": {"application/json": {"schema": error}}}
    paths = {f"/{operation}": {"get": {"operationId": operation, "responses": {"default": bad}}}}
    schemas = {"Error": {"type": "object", "properties": {field: {"type": "string"}}}}
    return json.dumps(
        {
            "openapi": "3.0.3",
            "info": {"title": title, "version": "1"},
            "paths": paths,
            "components": {"schemas": schemas},
        }
    )


async def bundled(world: World, bundler: As) -> tuple[dict[str, Any], ...]:
    """The clones, in one workspace, of an operation of each of two authors, who both have a schema `Error`."""
    found = []
    for title, operation, field in (("Billing", "charge", "billingCode"), ("Mail", "send", "mailReason")):
        author = await world.workspace(title.lower())
        draft = await integration(author, operation)
        path = f"/api/entities/import-openapi?workspaceId={author.workspace_id}&integrationId={draft['id']}"
        reply = await author("POST", path, content=api(title, operation, field))
        assert reply.status == 200, reply.json
        await published(author, draft["id"])
        await unlisted(author, draft["id"])
        clone = (await members_of(bundler, await installed(bundler, draft["id"])))[operation]
        found.append({"id": clone["entityId"], "slug": operation, "kind": "function"})
    return tuple(found)


async def error_of(it: Free, slug: str) -> list[str]:
    """The properties of the error schema that an operation of the install names."""
    text = await it.text(await it.id_of(slug))
    named = text["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
    return list((await it.text(named))["properties"])


async def test_a_closure_schema_never_comes_to_mean_another_entity(world: World):
    it = await free(world)
    charge, send = await bundled(world, it.author)
    await it.begin(cloned(charge), cloned(send))
    schemas = [row["entityId"] for slug, row in (await it.members()).items() if slug.startswith("schema:")]
    fields = {tuple((await it.text(schema))["properties"]): schema for schema in schemas}
    of_charge = fields["billingCode",]
    await it.edit(of_charge, {"type": "object", "properties": {"billingCode": {"maxLength": 4}}})
    await it.publish(cloned(send))
    await it.upgrade()
    assert await error_of(it, "send") == ["mailReason"]
    await it.publish(cloned(charge), cloned(send))
    await it.upgrade()
    assert (await error_of(it, "send"), await error_of(it, "charge")) == (["mailReason"], ["billingCode"])
