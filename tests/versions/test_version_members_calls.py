"""Members of a version without an install: listed and read by their slugs, definitions in symbolic form."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

SCHEMA = {"type": "object", "properties": {"region": {"type": "string", "default": "eu"}}}


async def _version(author: As) -> tuple[dict[str, Any], str]:
    """A version of a function that names another one and a schema, and asks for a variable; and its path."""
    order = await entity(author, "schema", "order", {"type": "object"})
    helper = await entity(author, "function", "helper")
    definition = {"in": order["id"], "call": helper["id"], "url": "https://${variables.region}/x", "raw": "$${HOME}"}
    sender = await entity(author, "function", "sender", definition)
    members = [manifest_member(sender, required=True, forkOnInstall=True), manifest_member(helper)]
    draft = await integration(author, manifest={"members": members}, variablesSchema=SCHEMA)
    version = await published(author, draft["id"])
    return draft, f"/api/integration-versions/{version['id']}/members"


async def test_a_definition_is_symbolic_slugs_for_ids_and_variables_open(world: World):
    author = await world.workspace("author")
    _, path = await _version(author)
    reply = await author.get(path)
    assert [member["slug"] for member in reply.json["data"]] == ["helper", "schema:order", "sender"]
    sender = reply.json["data"][2]
    assert sender["definition"] == {
        "in": "${members.sch:schema:order}",
        "call": "${members.fun:helper}",
        "url": "https://${variables.region}/x",
        "raw": "$${HOME}",
    }
    assert (sender["refersTo"], sender["variables"]) == (["schema:order", "helper"], ["region"])
    assert (sender["role"], sender["required"], sender["forkOnInstall"]) == ("member", True, True)
    assert reply.json["data"][1]["role"] == "closure"


async def test_one_is_read_by_its_slug_as_the_list_has_it(world: World):
    author = await world.workspace("author")
    _, path = await _version(author)
    listed = (await author.get(path)).json["data"]
    for member in listed:
        assert (await author.get(f"{path}/{member['slug']}")).json == member
    assert (await author("GET", f"{path}/schema%3Aorder")).json == listed[1]
    for unknown in ("nobody", "schema:", "%00", "%ff", "sender/x", ""):
        assert (await author("GET", f"{path}/{unknown}")).status == 404, unknown


async def test_it_stays_as_published_whatever_the_author_writes(world: World):
    author = await world.workspace("author")
    _, path = await _version(author)
    before = (await author.get(path)).json
    [entity_id] = [one["entityId"] for one in before["data"] if one["slug"] == "sender"]
    assert (await author.patch(f"/api/entities/{entity_id}", {"definition": {}, "name": "Other"})).status == 200
    assert (await author.get(path)).json == before


async def test_the_list_has_pages_filters_and_an_order(world: World):
    author = await world.workspace("author")
    _, path = await _version(author)
    first = (await author.get(path, limit=2)).json
    assert (first["pageInfo"]["total"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = (await author.get(path, limit=2, after=first["pageInfo"]["endCursor"])).json
    assert [one["slug"] for one in rest["data"]] == ["sender"]
    assert [one["slug"] for one in (await author.get(path, kind="schema")).json["data"]] == ["schema:order"]
    assert [one["slug"] for one in (await author.get(path, ids="sender,helper")).json["data"]] == ["helper", "sender"]
    reversed_ = (await author.get(path, orderBy='[{"slug": "desc"}]')).json["data"]
    assert [one["slug"] for one in reversed_] == ["sender", "schema:order", "helper"]


async def test_a_page_ends_by_bytes(world: World):
    author = await world.workspace("author")
    large = [await entity(author, "function", f"f{at:02}", {"text": "x" * 1_000_000}) for at in range(20)]
    draft = await integration(author, manifest={"members": [manifest_member(one) for one in large]})
    version = await published(author, draft["id"])
    path = f"/api/integration-versions/{version['id']}/members"
    page = (await author.get(path)).json
    assert 10 < len(page["data"]) < 20
    rest = (await author.get(path, after=page["pageInfo"]["endCursor"])).json
    assert len(page["data"]) + len(rest["data"]) == page["pageInfo"]["total"] == 20


async def test_who_sees_the_version_sees_them(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    draft, path = await _version(author)
    for asked in (path, f"{path}/sender"):
        assert (await other.get(asked)).status == 404
        assert (await world.stranger.get(asked)).status == 401
    await unlisted(author, draft["id"])
    assert (await other.get(path)).status == (await other.get(f"{path}/sender")).status == 200
    browser = await world.key(author.workspace_id, kind="publishable")
    assert (await browser.get(path)).status == (await browser.get(f"{path}/sender")).status == 403

    # an install shows its workspace the version that it has, whatever happens to visibility, and no other version
    await installed(other, draft["id"])
    later = f"/api/integration-versions/{(await published(author, draft['id'], '2.0.0'))['id']}/members"
    await author.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "private"})
    assert ((await other.get(path)).status, (await other.get(later)).status) == (200, 404)


async def test_ids_that_can_be_none_name_no_member(world: World):
    author = await world.workspace("author")
    _, path = await _version(author)
    reply = await author("GET", f"{path}?ids=%00,sender,Upper,%F0%9F%98%80")
    assert [one["slug"] for one in reply.json["data"]] == ["sender"]
