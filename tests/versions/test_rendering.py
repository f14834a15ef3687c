"""What would not read rightly with an install's variables is told before it is built, naming the member."""

from pathlib import Path
from typing import Any

import pytest

from graft import ids
from graft.auth.caller import Caller
from graft.ids import Id
from graft.versions.members import members_of
from graft.versions.rendering import check_rendered
from graft.web.context import ReadContext
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World, running

KINDS = """
[job]
prefix = "job"
[job.schema]
type = "object"
properties.timeout.type = "integer"
properties.timeout.maximum = 10
properties.label.maxLength = 8
"""
MIB = 1024 * 1024
OPEN: dict[str, Any] = {"type": "object", "properties": {"x": {}, "y": {}}}


async def _told(world: World, version: dict[str, Any], variables: dict[str, Any]) -> set[tuple[str, str, str]]:
    """(pointer, code, member) of each problem."""
    state = world.app.state
    nobody = Caller(Id(ids.new_id()), "session", Id(ids.new_id()))
    async with state.database.reading() as db:
        ctx = ReadContext(db, nobody, state.process)
        version_id = ids.parse("intver", version["id"])
        assert version_id is not None
        members = (await members_of(ctx, [version_id]))[version_id]
        found = await check_rendered(ctx, members, variables)
    return {(one.pointer, one.code, next(m.slug for m in members if m.slug in one.detail)) for one in found}


async def _published(world: World, kind: str, **definitions: Any) -> dict[str, Any]:
    author = await world.workspace("author")
    made = [await entity(author, kind, slug, definition) for slug, definition in definitions.items()]
    draft = await integration(
        author, manifest={"members": [manifest_member(one) for one in made]}, variablesSchema=OPEN
    )
    return await published(author, draft["id"])


async def test_what_would_read_larger_than_a_definition_may_be_is_told(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        version = await _published(
            world,
            "function",
            many={"l": ["${variables.x}"] * 60},
            text={"t": "${variables.x} ${variables.y}"},
            no={"a": 1},
        )
        assert await _told(world, version, {"x": "s" * 17_000, "y": "s"}) == set()
        assert await _told(world, version, {"x": "s" * 18_000, "y": "s"}) == {
            ("/variables/x", "definition-too-large", "many")
        }
        assert await _told(world, version, {"x": "s", "y": "s" * MIB}) == {
            ("/variables/y", "definition-too-large", "text")
        }
        assert await _told(world, version, {"x": None}) == set()
    async with running(database_url, app_role, max_definition=2048) as world:
        assert await _told(world, version, {"x": "s" * 40}) == {("/variables/x", "definition-too-large", "many")}


async def test_what_would_nest_too_deep_is_told(world: World):
    def nested(depth: int, inner: Any) -> Any:
        for _ in range(depth):
            inner = {"a": inner}
        return inner

    version = await _published(
        world, "function", deep=nested(20, "${variables.x}"), flat={"a": "${variables.x}", "b": "in ${variables.x}"}
    )
    assert await _told(world, version, {"x": nested(8, 1)}) == set()
    assert await _told(world, version, {"x": nested(9, 1)}) == {("/variables/x", "too-deep", "deep")}
    assert await _told(world, version, {"x": nested(8, [])}) == {("/variables/x", "too-deep", "deep")}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"x": 10, "y": "a"}, set()),
        ({"x": 11, "y": "a"}, {("/variables", "out-of-range", "timed")}),
        ({"x": "ten", "y": "a"}, {("/variables", "wrong-type", "timed")}),
        ({"x": None, "y": "a"}, {("/variables", "wrong-type", "timed")}),
        ({"x": 1, "y": "123456789"}, {("/variables", "too-long", "labelled")}),
        ({"x": 1.5, "y": "123456789"}, {("/variables", "wrong-type", "timed"), ("/variables", "too-long", "labelled")}),
    ],
)  # fmt: skip
async def test_what_its_kind_would_not_take_is_told(
    variables: dict[str, Any], told: set[tuple[str, str, str]], database_url: str, app_role: str, data_dir: Path
):
    file = data_dir / "kinds.toml"
    file.write_text(KINDS)
    async with running(database_url, app_role, kinds_file=file) as world:
        version = await _published(
            world,
            "job",
            timed={"timeout": "${variables.x}"},
            labelled={"label": "${variables.y}"},
            plain={"timeout": 1},
        )
        assert await _told(world, version, variables) == told


async def test_templates_that_were_stored_without_their_measure_are_read(world: World):
    version = await _published(world, "function", many={"l": ["${variables.x}"] * 60})
    await world.owner.execute("update templates set size = null, variable_uses = null")
    assert await _told(world, version, {"x": "s" * 18_000}) == {("/variables/x", "definition-too-large", "many")}
    assert await _told(world, version, {"x": "s" * 17_000}) == set()


async def test_an_install_and_an_upgrade_refuse_what_would_read_too_large(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = await entity(author, "function", "many", {"l": ["${variables.x}"]})
    member = manifest_member(made, required=True, forkOnInstall=True)
    draft = await offered(author, "demo", [member], variablesSchema=OPEN)
    large = {"workspaceId": user.workspace_id, "variables": {"x": "s" * 600_000}}
    install = await installed(user, draft["id"], variables=large["variables"])
    await author.patch(f"/api/entities/{made['id']}", {"definition": {"l": ["${variables.x}"] * 2}})
    await published(author, draft["id"], "1.1.0")
    other = await world.workspace("other")
    refused = [
        await other.post(f"/api/integrations/{draft['id']}/install", {**large, "workspaceId": other.workspace_id}),
        await user.post(f"/api/integration-installs/{install['id']}/upgrade"),
    ]
    for reply in refused:
        assert (reply.status, reply.problems) == (400, {("/variables/x", "definition-too-large")})
        assert reply.json["detail"].startswith("many would read as 1,200,0")
    upgraded = await user.post(f"/api/integration-installs/{install['id']}/upgrade", {"variables": {"x": "s"}})
    assert (upgraded.status, upgraded.json["updated"]) == (200, ["many"])
