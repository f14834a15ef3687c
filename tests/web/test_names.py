"""Names that steer a terminal, turn a line round, hide or are blank are refused, wherever a body has one."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from graft import names
from graft.app import ENDPOINTS
from graft.errors import Invalid
from graft.names import printable
from graft.openapi_import.text import MAX_NAME
from graft.web.models import Name
from graft.web.structs import to_struct
from tests.support.factories.entities import entity
from tests.support.world import World

BAD = ["line\nbreak", "\x1b[31m", "tab\t", "a\u202eb", "a\u2066b", "a\u200fb", "a\u200bb", "\ufeffa", "a\u0085b",
       "a\u2028b", "a\x7fb", " ", "\t", "\u00a0\u2003", "\u200d", "\u3164", "\u2800"]  # fmt: skip
GOOD = ["a", "a.b", "A[]", "x:y#z", "日本語", "עברית", "می‌خواهم", "👩‍👩‍👧 family", " a ", "é", "a" * MAX_NAME]


def _texts() -> Iterator[tuple[type[msgspec.Struct], str, str]]:
    """Struct of a body, key and pattern of each free text in it."""
    for call in ENDPOINTS:
        if call.body is None:
            continue
        _, components = msgspec.json.schema_components([call.body])
        found = components[call.body.__name__]
        for key, schema in found["properties"].items():
            for variant in [schema, *schema.get("anyOf", [])]:
                if variant.get("type") == "string":
                    yield call.body, key, variant.get("pattern", "")


def test_every_name_address_and_longer_text_of_a_body_has_its_rule():
    for body, key, pattern in _texts():
        wanted = {"name": {names.NAME}, "email": {names.EMAIL, ""}, "reason": {names.TEXT},
                  "description": {names.TEXT}, "changelog": {names.TEXT}}  # fmt: skip
        if key in wanted and (body.__name__, key) != ("CreatePublisher", "name"):
            assert pattern in wanted[key], (body, key)
    # an address that is looked up is compared, and stored by nobody
    assert {body.__name__ for body, key, pattern in _texts() if key == "email" and not pattern} == {
        "CreateWorkspaceMember"
    }


class _Named(msgspec.Struct):
    name: Name


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_a_name_that_hides_something_is_refused_with_what_is_wrong(name: str):
    with pytest.raises(Invalid) as caught:
        to_struct({"name": name}, _Named)
    [problem] = caught.value.problems
    assert (problem.pointer, problem.code) == ("/name", "unprintable")
    assert "direction" in problem.detail
    assert printable(name) != name


@pytest.mark.parametrize("name", GOOD, ids=ascii)
def test_a_name_in_any_script_is_taken(name: str):
    assert to_struct({"name": name}, _Named).name == name
    assert printable(name) == name


@pytest.mark.parametrize("email", ["a\u0001b@example.com", "a@b\u202e", "a\u200b@b", "\u3164@b", "a b@c", "a@"])
async def test_an_address_that_hides_something_is_refused(email: str, world: World):
    admin = await world.platform_admin()
    reply = await admin.post("/api/users", {"email": email, "name": "A"})
    assert reply.problems == {("/email", "invalid-value")}


async def test_descriptions_have_lines_and_no_control_characters(world: World):
    alpha = await world.workspace("alpha")
    body = {"workspaceId": alpha.workspace_id, "slug": "demo", "name": "Demo"}
    assert (await alpha.post("/api/integrations", {**body, "description": "one\r\n\ttwo"})).status == 201
    refused = await alpha.post("/api/integrations", {**body, "slug": "other", "description": "\x1b[2J"})
    assert refused.problems == {("/description", "unprintable")}
    made = await entity(alpha, "function", "f")
    refused = await alpha.patch(f"/api/entities/{made['id']}", {"name": "\u202egpj.exe"})
    assert refused.problems == {("/name", "unprintable")}


async def test_an_import_keeps_the_key_and_has_blanks_in_the_name_and_says_so(world: World):
    alpha = await world.workspace("alpha")
    document: dict[str, Any] = {
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/x": {"get": {"operationId": "list\u202eall", "responses": {}}}},
        "components": {"schemas": {"a\tb": {"type": "object"}}},
    }  # fmt: skip
    path = f"/api/entities/import-openapi?workspaceId={alpha.workspace_id}"
    reply = await alpha("POST", path, document)
    assert reply.status == 200, reply.json
    assert [warning["code"] for warning in reply.json["warnings"]] == ["name-characters"] * 2
    found = (await alpha.get("/api/entities")).json["data"]
    assert {row["name"] for row in found} == {"list all", "a b"}
    again = await alpha("POST", path, document)
    assert (again.status, len((await alpha.get("/api/entities")).json["data"])) == (200, 2)
