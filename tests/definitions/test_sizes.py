"""The bytes of each document stand beside it, whatever wrote it."""

import json
from typing import Any

import pytest

from tests.imports.test_rules import document, sent
from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import Free, cloned, free

pytestmark = pytest.mark.slow

SIZES = {
    "integrations": """octet_length(manifest::text) + octet_length(variables_schema::text)
      + octet_length(auth_config::text)""",
    "integration_versions": """octet_length(manifest_snapshot::text) + octet_length(variables_schema_snapshot::text)
      + octet_length(auth_config_snapshot::text) + octet_length(member_entity_versions::text)
      + coalesce(octet_length(changelog), 0)""",
    "templates": "octet_length(body::text)",
    "variable_states": "octet_length(filled::text)",
    "entities": "octet_length(definition::text)",
    "entity_versions": "octet_length(definition::text)",
}


async def _check(world: World) -> None:
    for table, bytes_ in SIZES.items():
        size = "body_size" if table == "templates" else "size"
        wrong = f"count(*) filter (where {size} is distinct from {bytes_})"
        found = await world.values(f"select count(*), {wrong} from {table}")
        assert found[0] > 0
        assert found[1] == 0, table


async def _begun(world: World) -> tuple[Free, dict[str, Any]]:
    it = await free(world)
    made = await entity(it.author, "function", "f", {"text": "é ${variables.x}"})
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    await it.begin(cloned(made), variablesSchema=schema, body={"variables": {"x": "ü"}})
    return it, made


async def test_they_do_after_every_change(world: World):
    it, made = await _begun(world)
    clone = await it.id_of("f")
    await it.edit(clone, {"text": "mine"})
    await _check(world)
    await it.edit(clone, {"text": "é ü"})
    await _check(world)
    member = (await it.members())["f"]
    for detached in (True, False):
        await it.user.post(f"/api/integration-members/{member['id']}/detach", {"detached": detached})
        await _check(world)

    await it.edit(clone, {"text": "mine again"})
    await it.user.post(f"/api/integration-members/{member['id']}/detach", {"detached": False})
    await it.write(made, {"text": "è ${variables.x}"})
    await it.publish(cloned(made), variablesSchema={"type": "object", "properties": {"x": {"title": "X"}}})
    assert (await it.upgrade(variables={"x": "öö"}))["updated"] == ["f"]
    await _check(world)
    assert (await sent(it.author, document(2), integrationId=it.draft["id"])).status == 200
    newer = json.loads(json.dumps(document(3)).replace('"object"', '"array"'))
    assert (await sent(it.author, newer, integrationId=it.draft["id"])).json["schemas"]["changed"] == 2
    await _check(world)
    await it.user.delete(f"/api/integration-installs/{it.install['id']}")
    await it.author.delete(f"/api/integrations/{it.draft['id']}")
    await it.author.delete(f"/api/integrations/{it.draft['id']}/purge")
    await _check(world)
