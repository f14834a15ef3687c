"""docs/manifest.md: its examples are created, published and installed, and its tables have each key that is taken."""

import json
import re

import jsonschema_rs
import pytest

from graft.manifest.json_schema import component_schemas
from tests.docs.doc_examples import DOCS, hold
from tests.support.world import World

pytestmark = pytest.mark.slow

PAGE = (DOCS / "manifest.md").read_text("utf-8")
SCHEMAS = component_schemas()
SECTION = re.DOTALL | re.MULTILINE
ENTITY = "fun_01h455vb4pex5vsknk084sn02q"


async def test_each_example_of_the_page_comes_out(world: World):
    acme = await world.workspace("acme")
    await hold("manifest.md", {"acme token": acme}, {"acme": acme.workspace_id})


def _keys(heading: str) -> set[str]:
    section = re.split(rf"^##+ {heading}\n", PAGE, flags=re.MULTILINE)[1].split("\n#")[0]
    cells = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`([\w.]+)`", cell)}


def test_the_tables_have_the_keys_of_the_schemas_and_no_other():
    shown = _keys("The manifest")
    assert {key.partition(".")[0] for key in shown} == _schema_keys("Manifest")
    assert {key.partition(".")[2] for key in shown} - {""} == _schema_keys("ManifestDefaults")
    assert _keys("A member") == _schema_keys("ManifestMember")
    assert _keys("A dependency") == _schema_keys("ManifestDependency")
    assert _keys("The auth config") == _schema_keys("AuthConfig")


def _schema_keys(component: str) -> set[str]:
    return set(SCHEMAS[component]["properties"])


@pytest.mark.parametrize(
    ("key", "component"),
    [("manifest", "Manifest"), ("variablesSchema", "VariablesSchema"), ("authConfig", "AuthConfig")],
)
def test_an_editor_finds_the_published_example_right_and_the_refused_one_wrong(key: str, component: str):
    blocks = [
        json.loads(block) for block in re.findall(r"^```http\nPOST /api/integrations\n\n(.*?)^```", PAGE, SECTION)
    ]
    published, refused = blocks
    text = json.dumps(published[key]).replace("<list-tickets>", ENTITY).replace("<triage>", ENTITY)
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": {"schemas": SCHEMAS}}
    )
    assert [error.message for error in validator.iter_errors(json.loads(text))] == []
    assert not validator.is_valid(refused[key])
