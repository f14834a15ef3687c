"""What the kinds that ship with Graft ask of a definition: only what is certain, of functions above all."""

from pathlib import Path
from typing import Any

import pytest

from graft import jsontext
from graft.kinds.registry import load_kinds
from graft.openapi_import.read import read_document
from graft.versions.check import definition_problems
from tests.openapi_import.documents import drafts
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, offered
from tests.support.world import World

DATA = Path(__file__).parents[3] / "shared"
KINDS = load_kinds().by_name


@pytest.mark.parametrize(
    ("kind", "definition", "pointer"),
    [
        ("function", {"parameters": [{"name": "a"}, "b"]}, "/parameters/1"),
        ("function", {"parameters": "none"}, "/parameters"),
        ("function", {"servers": {"url": "https://example.com"}}, "/servers"),
        ("function", {"servers": ["https://example.com"]}, "/servers/0"),
        ("function", {"security": [[]]}, "/security/0"),
        ("function", {"responses": []}, "/responses"),
        ("function", {"requestBody": None}, "/requestBody"),
        ("function", {"callbacks": 1}, "/callbacks"),
        ("function", [], ""),
        ("agent", {"tools": {}}, "/tools"),
        ("swarm", {"agents": "all"}, "/agents"),
        ("workflow", {"steps": {}}, "/steps"),
        ("schema", {"properties": []}, "/properties"),
        ("schema", {"allOf": {}}, "/allOf"),
        ("schema", {"anyOf": [1]}, "/anyOf/0"),
        ("schema", {"oneOf": [True, "a"]}, "/oneOf/1"),
        ("app", None, ""),
    ],
)
def test_what_is_no_such_thing_is_told(kind: str, definition: Any, pointer: str):
    [problem] = KINDS[kind].checker.problems(definition)
    assert (problem.pointer, problem.code) == (pointer, "wrong-type")


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        ("function", {"parameters": {"type": "object", "properties": {}}, "description": None, "tags": "a"}),
        ("function", {"parameters": [], "servers": [{}], "deprecated": "yes", "enum": {}, "x-a": [[1, 1]]}),
        ("agent", {"tools": ["fun_", {"id": "a"}], "prompt": 1}),
        ("swarm", {"agents": []}),
        ("workflow", {"steps": [1, {}]}),
        ("schema", {"required": True, "enum": "a", "type": {}, "properties": {"a": 1}, "allOf": [True, {}]}),
        ("app", {"anything": [None]}),
    ],
)
def test_what_documents_and_people_write_is_let_in(kind: str, definition: Any):
    assert list(KINDS[kind].checker.problems(definition)) == []


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="there are no documents in ../shared")
def test_all_that_an_import_gives_is_let_in():
    names = [*DATA.glob("data/stripe-*.gz"), *DATA.glob("cases/*.yaml"), *DATA.glob("cases/[0-9]*.json")]
    assert len(names) > 20
    made = 0
    for name in names:
        for draft in drafts(read_document(name.read_bytes())):
            ids = dict.fromkeys(draft.references, "sch_" + "0" * 26)
            problems = definition_problems(KINDS[draft.kind], draft.with_ids(ids), {}, literal=True, limit=10_000_000)
            assert [*problems, *KINDS[draft.kind].checker.problems(jsontext.decode(draft.with_ids(ids)))] == [], name
            made += 1
    assert made > 1_600


@pytest.mark.parametrize(
    ("schema", "only_types"),
    [
        ({}, True),
        (True, True),
        ({"type": "object", "properties": {"a": {"type": ["array", "null"], "items": {"type": "object"}}}}, True),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, False),
        ({"type": "object", "properties": {"a": {"type": ["integer", "object"]}}}, False),
        ({"items": {"minimum": 1}}, False),
        ({"required": ["a"]}, False),
        ({"additionalProperties": False}, False),
    ],
)
def test_it_is_known_which_schemas_ask_for_types_only(schema: Any, only_types: bool, tmp_path: Path):
    file = tmp_path / "kinds.toml"
    entry = {} if schema is True else schema
    file.write_text(f"[own]\nprefix = 'own'\nschema = {_toml(entry)}\n")
    own = load_kinds(file).by_name["own"]
    assert (own.asks_types_only, own.shipped) == (only_types, False)
    assert all(kind.asks_types_only and kind.shipped for kind in KINDS.values())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {_toml(one)}' for name, one in value.items()) + "}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else jsontext.encode(value).decode()


async def test_a_placeholder_stands_for_any_value_until_types_are_known(world: World):
    author = await world.workspace("author")
    made = await entity(author, "function", "open", {"servers": "${variables.x}"})

    async def told(slug: str, variable: Any) -> set[tuple[str, str]]:
        draft = await integration(
            author,
            slug,
            manifest={"members": [manifest_member(made)]},
            variablesSchema={"type": "object", "properties": {"x": variable}},
        )
        reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
        return reply.problems if reply.status == 400 else set()

    for slug, right in (("list", {"type": "array"}), ("any", {}), ("two", {"type": ["string", "array"]})):
        assert await told(slug, right) == set()
    for slug, wrong in (("text", {"type": "string"}), ("number", {"type": "integer"})):
        assert await told(slug, wrong) == {("/manifest/members/0/entityId", "wrong-type")}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([{"url": "https://example.com"}], set()),
        ([], set()),
        (["https://example.com"], {("/variables", "wrong-type")}),
        ("https://example.com", {("/variables", "wrong-type")}),
    ],
)
async def test_an_install_refuses_values_that_its_kind_does_not_take(
    value: Any, told: set[tuple[str, str]], world: World
):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = await entity(author, "function", "open", {"servers": "${variables.x}"})
    schema = {"type": "object", "properties": {"x": {"type": ["string", "array"]}}}
    draft = await offered(author, "demo", [manifest_member(made, required=True)], variablesSchema=schema)
    body = {"workspaceId": user.workspace_id, "variables": {"x": value}}
    reply = await user.post(f"/api/integrations/{draft['id']}/install", body)
    assert reply.status == (400 if told else 201)
    assert not told or reply.problems == told


async def test_values_of_declared_types_are_not_tried_again(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    definition = {"url": "${variables.x}", "limit": "${variables.n}", "servers": [{"url": "a ${variables.x}"}]}
    made = await entity(author, "function", "open", definition)
    statements: list[int] = []
    for slug, text in (("one", "string"), ("other", ["string", "null"])):
        schema = {"type": "object", "properties": {"x": {"type": text}, "n": {"type": "number"}}}
        draft = await offered(author, slug, [manifest_member(made, required=True)], variablesSchema=schema)
        body = {"workspaceId": user.workspace_id, "variables": {"x": "s", "n": 1.5}}
        reply = await user.post(f"/api/integrations/{draft['id']}/install", body)
        assert reply.status == 201
        statements.append(reply.statements)
    assert statements[1] == statements[0] + 1
