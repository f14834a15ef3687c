"""A kind whose fields have types takes placeholders, and publish judges each as a value of its variable's type."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World, running

pytestmark = pytest.mark.slow

KINDS = """
[job]
prefix = "job"
[job.schema]
type = "object"
properties.timeout.type = "integer"
properties.timeout.minimum = 1
properties.label.type = ["string", "null"]
properties.label.maxLength = 5
properties.steps.items.properties.retries.type = "integer"
properties.steps.uniqueItems = true
properties.when.anyOf = [{ type = "object", properties.day.type = "integer" }, { type = "null" }]
properties.options.type = "object"
properties.options.required = ["mode"]
additionalProperties = false
"""


def kinds_file(folder: Path) -> Path:
    file = folder / "kinds.toml"
    file.write_text(KINDS)
    return file


async def _written(author: As, definition: Any) -> tuple[int, set[tuple[str, str]]]:
    body = {"workspaceId": author.workspace_id, "kind": "job", "slug": "j", "name": "j", "definition": definition}
    reply = await author.post("/api/entities", body)
    return reply.status, reply.problems if reply.status == 400 else set()


@pytest.mark.parametrize(
    ("definition", "problems"),
    [
        ({"timeout": "${variables.t}"}, set()),
        ({"timeout": "x${variables.t}"}, {("/definition/timeout", "wrong-type")}),
        ({"timeout": "$${variables.t}"}, {("/definition/timeout", "wrong-type")}),
        ({"timeout": "${variables.}"}, {("/definition/timeout", "wrong-type")}),
        ({"timeout": "${variables.t}", "label": 1}, {("/definition/label", "wrong-type")}),
        ({"label": "${variables.label}"}, set()),
        ({"steps": [{"retries": "${variables.t}"}, {"retries": "three"}]}, {("/definition/steps/1/retries", "wrong-type")}),
        ({"when": {"day": "${variables.t}"}}, set()),
        ({"when": {"day": "monday"}}, {("/definition/when", "invalid-value")}),
        ({"options": "${variables.o}"}, set()),
        ({"other": "${variables.o}"}, {("/definition/other", "unknown-key")}),
    ],
)  # fmt: skip
async def test_a_placeholder_counts_as_any_value_when_it_is_written(
    definition: Any, problems: set[tuple[str, str]], database_url: str, app_role: str, data_dir: Path
):
    async with running(database_url, app_role, kinds_file=kinds_file(data_dir)) as world:
        author = await world.workspace("author")
        assert await _written(author, definition) == (400 if problems else 201, problems)


@pytest.mark.parametrize(
    ("definition", "variable", "told"),
    [
        ({"timeout": "${variables.v}"}, {"type": "integer"}, None),
        ({"timeout": "${variables.v}"}, {"type": "number"}, None),
        ({"timeout": "${variables.v}"}, {}, None),
        ({"timeout": "${variables.v}"}, {"type": ["string", "integer"]}, None),
        ({"timeout": "${variables.v}"}, {"$ref": "#/$defs/text"}, "j/timeout: "),
        ({"timeout": "${variables.v}"}, {"type": "string"}, "j/timeout: "),
        ({"label": "${variables.v}"}, {"type": "string"}, None),
        ({"label": "${variables.v}"}, {"type": "integer"}, "j/label: "),
        ({"options": "${variables.v}"}, {"type": "object"}, None),
        ({"options": "${variables.v}"}, {"type": "array"}, "j/options: "),
        ({"steps": [{"retries": "${variables.v}"}, {"retries": "${variables.w}"}]}, {"type": "integer"}, None),
        ({"when": {"day": "${variables.v}"}}, {"type": "integer"}, None),
    ],
)
async def test_a_placeholder_counts_as_a_value_of_its_variables_type_when_it_is_published(
    definition: Any, variable: Any, told: str | None, database_url: str, app_role: str, data_dir: Path
):
    async with running(database_url, app_role, kinds_file=kinds_file(data_dir)) as world:
        author = await world.workspace("author")
        made = await entity(author, "job", "j", definition)
        schema = {
            "type": "object",
            "properties": {"v": variable, "w": {"type": "integer"}},
            "$defs": {"text": {"type": "string"}},
        }
        draft = await integration(author, manifest={"members": [manifest_member(made)]}, variablesSchema=schema)
        reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
        if told is None:
            assert reply.status == 201, reply.json
        else:
            assert reply.problems == {("/manifest/members/0/entityId", "wrong-type")}
            assert reply.json["detail"].startswith(told)


async def test_publish_refuses_what_a_kind_no_longer_takes(database_url: str, app_role: str, data_dir: Path):
    file = kinds_file(data_dir)
    async with running(database_url, app_role, kinds_file=file) as world:
        author = await world.workspace("author")
        draft = await _drafted(world, author)
        await world.owner.execute("""update entities set definition = '{"timeout":0,"other":1}'""")
        reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
        assert reply.problems == {
            ("/manifest/members/0/entityId", "out-of-range"), ("/manifest/members/0/entityId", "unknown-key"),
        }  # fmt: skip
        await world.owner.execute("""update entities set definition = '{"timeout":1}'""")
        await published(author, draft["id"])


async def _drafted(world: World, author: As) -> dict[str, Any]:
    made = await entity(author, "job", "j", {"timeout": 1})
    return await integration(author, manifest={"members": [manifest_member(made)]})


async def test_placeholders_by_the_thousand_below_a_long_key_are_each_found(
    database_url: str, app_role: str, data_dir: Path
):
    definition = {"options": {"mode": 1, "k" * 400_000: ["${variables.x}"] * 20_000}, "timeout": "three"}
    async with running(database_url, app_role, kinds_file=kinds_file(data_dir)) as world:
        author = await world.workspace("author")
        assert await _written(author, definition) == (400, {("/definition/timeout", "wrong-type")})
