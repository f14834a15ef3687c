"""The calls on entities."""

from pathlib import Path
from typing import Any

import pytest

from graft.kinds.registry import KindsError, load_kinds
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World, running

OWN_KIND = """
[pipeline]
prefix = "ppl"
merge_keys = { "/stages" = "id" }
[pipeline.schema]
type = "object"
required = ["stages"]
"""


def _nested(depth: int) -> dict[str, Any]:
    """Objects `depth` deep."""
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


async def _create(caller: As, **body: Any) -> Any:
    base = {"workspaceId": caller.workspace_id, "kind": "function", "slug": "s", "name": "S", "definition": {}}
    return await caller.post("/api/entities", {**base, **body})


async def test_who_may_call(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    viewer, editor = await world.key(alpha.workspace_id, "viewer"), await world.key(alpha.workspace_id, "editor")
    path = f"/api/entities/{(await entity(alpha, 'function', 'own'))['id']}"
    body = {"workspaceId": alpha.workspace_id, "kind": "agent", "slug": "s", "name": "S", "definition": {}}
    assert (await viewer.get(path)).statements == 1
    assert (await viewer.post("/api/entities", body)).status == 403
    assert (await beta.post("/api/entities", body)).status == 404
    for method, place, sent in (
        ("PATCH", path, {"name": "New"}),
        ("DELETE", path, None),
        ("POST", path + "/restore", None),
        ("DELETE", path + "/purge", None),
    ):
        assert (await world.stranger(method, place, sent)).status == 401
        assert (await beta(method, place, sent)).status == 404
        assert (await viewer(method, place, sent)).status == 403
    assert (await editor.delete(path + "/purge")).status == 403


async def test_a_change_of_definition_is_a_version_and_anything_else_is_none(world: World):
    alpha = await world.workspace("alpha")
    made = await entity(alpha, "function", "own", {"a": 1, "b": 2.50})
    path = f"/api/entities/{made['id']}"
    same = await alpha.patch(path, {"definition": {"b": 2.50, "a": 1}, "name": "New"})
    assert same.json["defaultVersionId"] == made["defaultVersionId"]
    changed = await alpha.patch(path, {"definition": {"a": 1}, "description": "text"})
    assert changed.json["defaultVersionId"] != made["defaultVersionId"]
    assert (changed.json["name"], changed.json["description"]) == ("New", "text")
    assert len((await alpha.get(path + "/versions")).json["data"]) == 2
    events = (await alpha.get("/api/events", subject_id=made["id"])).json["data"]
    assert [event["type"] for event in events] == ["entity.updated", "entity.updated", "entity.created"]


async def test_digits_are_kept(world: World):
    alpha = await world.workspace("alpha")
    body = (
        f'{{"workspaceId":"{alpha.workspace_id}","kind":"function","slug":"s","name":"S",'
        '"definition":{"a":1.0,"b":12345678901234567890123,"c":1.50}}'
    )
    reply = await alpha("POST", "/api/entities", content=body, headers={"Content-Type": "application/json"})
    assert b'"definition":{"a":1.0,"b":12345678901234567890123,"c":1.50}' in reply.content


async def test_a_deleted_entity_keeps_its_slug_until_purge(world: World):
    alpha = await world.workspace("alpha")
    path = f"/api/entities/{(await _create(alpha)).json['id']}"
    assert (await alpha.delete(path + "/purge")).code == "not-deleted"
    await alpha.delete(path)
    assert (await alpha.delete(path)).status == 404
    assert (await alpha.patch(path, {"name": "x"})).code == "deleted"
    assert (await _create(alpha)).code == "slug-taken"
    assert (await alpha.post(path + "/restore")).json["deletedAt"] is None
    await alpha.delete(path)
    assert (await alpha.delete(path + "/purge")).status == 200
    assert (await _create(alpha)).status == 201


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"kind": "nonsense"}, ("/kind", "unknown-kind")),
        ({"slug": "Bad"}, ("/slug", "invalid-value")),
        ({"name": ""}, ("/name", "invalid-value")),
        ({"name": "n" * 201}, ("/name", "too-long")),
        ({"definition": []}, ("/definition", "wrong-type")),
        ({"definition": _nested(29)}, ("/definition" + "/a" * 28, "too-deep")),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_stored(body: dict[str, Any], problem: tuple[str, str], world: World):
    alpha = await world.workspace("alpha")
    reply = await _create(alpha, **body)
    assert (reply.status, reply.problems) == (400, {problem})
    assert await world.owner.fetchval("select count(*) from entities") == 0


async def test_a_definition_may_nest_28_deep(world: World):
    alpha = await world.workspace("alpha")
    assert (await _create(alpha, definition=_nested(28))).status == 201


async def test_a_platform_team_adds_kinds(database_url: str, app_role: str, data_dir: Path):
    file = data_dir / "kinds.toml"
    file.write_text(OWN_KIND)
    async with running(database_url, app_role, kinds_file=file) as world:
        alpha = await world.workspace("alpha")
        made = await _create(alpha, kind="pipeline", definition={"stages": []})
        assert made.json["id"].startswith("ppl_")
        refused = await _create(alpha, kind="pipeline", slug="other")
        assert refused.problems == {("/definition/stages", "missing-key")}
        named = await _create(alpha, slug="names", definition={"run": made.json["id"]})
        assert named.status == 201
        draft = await integration(alpha, manifest={"members": [manifest_member(made.json)]})
        await published(alpha, draft["id"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[function]\nprefix = 'fnc'", "ship with Graft"),
        ("[other]\nprefix = 'fun'", "prefix of function"),
        ("[other]\nprefix = 'long'", "cannot be a prefix"),
        ("[other]\nprefix = 'wsp'", "cannot be a prefix"),
        ("[Other]\nprefix = 'oth'", "lower-case"),
        ("[other]\nprefix = 'oth'\ncolour = 1", "colour"),
        ("[other]\nprefix = 'oth'\n[other.schema]\ntype = 'nonsense'", "schema"),
        ("not toml", "kinds.toml"),
    ],
)
def test_a_wrong_file_of_kinds_is_told_at_start(text: str, told: str, data_dir: Path):
    file = data_dir / "kinds.toml"
    file.write_text(text)
    with pytest.raises(KindsError, match=told):
        load_kinds(file)


async def test_a_clone_as_a_member_is_published_as_it_reads(world: World):
    alpha, beta, gamma = [await world.workspace(slug) for slug in ("alpha", "beta", "gamma")]
    function = await entity(alpha, "function", "first", {"text": "${variables.word} and $${variables.word}"})
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    first = await integration(
        alpha,
        manifest={"members": [manifest_member(function, required=True, forkOnInstall=True)]},
        variablesSchema=schema,
    )
    await published(alpha, first["id"])
    await unlisted(alpha, first["id"])
    install = await installed(beta, first["id"], variables={"word": "hello"})
    member = (await beta.get(f"/api/integration-installs/{install['id']}/members")).json["members"][0]
    clone = (await beta.get(f"/api/entities/{member['entityId']}")).json
    assert clone["definition"] == {"text": "hello and ${variables.word}"}
    second = await integration(beta, manifest={"members": [manifest_member(clone, required=True, forkOnInstall=True)]})
    await published(beta, second["id"])
    await unlisted(beta, second["id"])
    install = await installed(gamma, second["id"])
    member = (await gamma.get(f"/api/integration-installs/{install['id']}/members")).json["members"][0]
    assert (await gamma.get(f"/api/entities/{member['entityId']}")).json["definition"] == clone["definition"]
