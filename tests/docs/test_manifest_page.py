"""docs/manifest.md: its examples are created, published and installed, and its tables have each key that is taken."""

import inspect
import re

from graft.manifest import auth_config, manifest
from tests.docs.doc_examples import DOCS, hold
from tests.support.world import running

PAGE = (DOCS / "manifest.md").read_text("utf-8")


async def test_each_example_of_the_page_comes_out(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        acme = await world.workspace("acme")
        await hold("manifest.md", {"acme token": acme}, {"acme": acme.workspace_id})


def _keys(heading: str) -> set[str]:
    section = re.split(rf"^##+ {heading}\n", PAGE, flags=re.MULTILINE)[1].split("\n#")[0]
    cells = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`([\w.]+)`", cell)}


def test_the_tables_have_the_keys_of_the_manifest_and_no_other():
    shown = {key.partition(".")[0] for key in _keys("The manifest")}
    assert shown == _struct_keys(manifest.Manifest)
    assert {key.partition(".")[2] for key in _keys("The manifest")} - {""} == _struct_keys(manifest.Defaults)
    assert _keys("A member") == _struct_keys(manifest.Member)
    assert _keys("A dependency") == _struct_keys(manifest.Dependency)


def test_the_table_has_the_keys_of_the_auth_config():
    shown = _keys("The auth config")
    assert shown == set(re.findall(r'"(\w+)": (?:words|array)', inspect.getsource(auth_config.check_types)))


def _struct_keys(struct: type) -> set[str]:
    return set(struct.__struct_encode_fields__)
