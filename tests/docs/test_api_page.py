"""docs/api.md: a row for each call, with its status and codes, and what it says of tiers is what callers of them meet."""

import re
from typing import Any, NamedTuple

from doc_examples import DOCS

from graft.app import CALLS
from support.four import BELOW, filled
from support.world import As, World, entity, installed, integration, manifest_member, members_of, published, running

PAGE = (DOCS / "api.md").read_text("utf-8")
ERRORS = (DOCS / "errors.md").read_text("utf-8")


class Row(NamedTuple):
    """One call of the page; `who` is its second column."""

    method: str
    path: str
    who: str
    status: int
    codes: tuple[str, ...]

    @property
    def need(self) -> str:
        """What the column begins with: a tier, `platform admin`, `everybody` or a word of its own."""
        found = re.match(r"viewer|editor|admin|platform admin|everybody|a session|oneself|as in the list", self.who)
        assert found is not None, self.who
        return found[0]


ROWS = [
    Row(method, path, who, int(status), tuple(re.findall(r"`([a-z-]+)`", codes)))
    for method, path, who, status, codes in re.findall(
        r"^\| `([A-Z]+) (/api/\S+)` \| (.+?) \| (\d+) \| (.+?) \|$", PAGE, re.MULTILINE
    )
]
BODIES: dict[str, Any] = {
    "POST /api/integrations": {"workspaceId": "<workspace>", "slug": "other", "name": "x"},
    "PATCH /api/integrations/{id}": {"name": "x"},
    "POST /api/integrations/{id}/visibility": {"visibility": "private"},
    "POST /api/integrations/{id}/review": {"approve": True, "reason": "x"},
    "POST /api/integrations/{id}/publish": {"version": "2.0.0"},
    "POST /api/integrations/{id}/install": {"workspaceId": "<workspace>"},
    "POST /api/integration-members/{id}/detach": {"detached": True},
    "POST /api/entities": {"workspaceId": "<workspace>", "kind": "function", "slug": "x", "name": "x", "definition": {}},
    "PATCH /api/entities/{id}": {"name": "x"},
    "POST /api/workspaces": {"slug": "third", "name": "x"},
    "PATCH /api/workspaces/{id}": {"name": "x"},
    "POST /api/workspace-members": {"workspaceId": "<workspace>", "email": "<email>", "tier": "viewer"},
    "PATCH /api/workspace-members/{id}": {"tier": "editor"},
    "POST /api/users": {"email": "a@example.com", "name": "x"},
    "PATCH /api/users/{id}": {"email": "b@example.com"},
    "POST /api/publishers": {"workspaceId": "<workspace>", "name": "further"},
    "POST /api/api-keys": {"kind": "secret", "workspaceId": "<workspace>", "tier": "viewer", "name": "x"},
    "PATCH /api/api-keys/{id}": {"name": "x"},
    "POST /api/auth-states": {
        "workspaceId": "<workspace>", "name": "x", "type": "api_key", "credentials": {"apiKey": "secret"}
    },
    "PATCH /api/auth-states/{id}": {"name": "x"},
    "POST /api/permissions": {"entityId": "<integrations>", "subjectId": None, "tier": "viewer"},
    "PATCH /api/permissions/{id}": {"tier": "editor"},
}  # fmt: skip
# What ends an object, brings it back and ends it for ever; an install comes before what it names.
ENDS = ("DELETE", "POST/restore", "DELETE", "DELETE/purge")
ENDING = (
    "permissions", "integration-installs", "integrations", "entities", "auth-states", "api-keys", "publishers",
    "workspace-members", "users", "workspaces",
)  # fmt: skip


def test_each_call_has_its_row_and_no_row_lacks_its_call():
    rows = [f"{row.method} {row.path}" for row in ROWS]
    assert sorted(rows) == sorted(f"{call.method} {call.path}" for call in CALLS)
    assert len(rows) == len(re.findall(r"^\| `[A-Z]+ /", PAGE, re.MULTILINE))


def test_the_rows_have_the_statuses_of_the_calls_and_name_those_for_publishable_keys():
    calls = {(call.method, call.path): call for call in CALLS}
    for row in ROWS:
        call = calls[row.method, row.path]
        assert row.status == call.status, row
        assert ("`pub`" in row.who) == call.publishable, row


def test_the_codes_of_the_rows_are_documented_as_conflicts():
    for row in ROWS:
        for code in row.codes:
            assert f"| `{code}` | 409 |" in ERRORS, (row, code)


async def test_callers_meet_what_the_table_says(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        alpha, other = await world.workspace("alpha"), await world.workspace("other")
        scene = await _scene(world, alpha)
        for row in ROWS:
            await _refused(world, row, scene, alpha, other)
        for row in [row for row in ROWS if row.method != "DELETE" and not row.path.endswith(("/restore", "/purge"))]:
            await _done(world, row, scene, alpha)


async def test_what_ends_an_object_takes_the_tier_that_the_table_says(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        alpha = await world.workspace("alpha")
        scene = await _scene(world, alpha)
        for name in ENDING:
            rows = {
                row.method + row.path.partition("{id}")[2]: row for row in ROWS if row.path.startswith(f"/api/{name}/")
            }
            for end in ENDS if "POST/restore" in rows else ENDS[:1]:
                if end in rows:
                    await _done(world, rows[end], scene, alpha)


async def _scene(world: World, alpha: As) -> dict[str, str]:
    """An object of each kind in a workspace, by the first part of the path that names it."""
    admin = await world.platform_admin()
    user = await world.user("member")
    user_of_no_workspace = await world.user("stranger")
    await world.member(alpha.workspace_id, user, "viewer")
    await world.member(alpha.workspace_id, await world.user("boss"), "admin")
    function = await entity(alpha, "function", "greet")
    spare = await entity(alpha, "function", "spare")
    manifest = {
        "members": [manifest_member(function, required=True, forkOnInstall=True)],
        "allowMultipleInstalls": True,
    }
    draft = await integration(alpha, "demo", manifest=manifest)
    version = await published(alpha, draft["id"])
    assert (await alpha.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "public"})).status == 200
    install = await installed(alpha, draft["id"])
    grant = {"entityId": draft["id"], "subjectId": user, "tier": "viewer"}
    made = {
        "permissions": await alpha.post("/api/permissions", grant),
        "auth-states": await alpha.post(
            "/api/auth-states", filled(BODIES["POST /api/auth-states"], {"workspace": alpha.workspace_id})
        ),
        "api-keys": await alpha.post(
            "/api/api-keys", {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "viewer", "name": "k"}
        ),
        "publishers": await admin.post("/api/publishers", {"workspaceId": alpha.workspace_id, "name": "alpha-two"}),
    }
    [membership] = (await alpha.get("/api/workspace-members", user_id=user)).json["data"]
    found = await admin.get(f"/api/users/{user_of_no_workspace}")
    return {name: reply.json["id"] for name, reply in made.items()} | {
        "workspace": alpha.workspace_id,
        "workspaces": alpha.workspace_id,
        "users": user,
        "email": found.json["email"],
        "workspace-members": membership["id"],
        "integrations": draft["id"],
        "integration-versions": version["id"],
        "integration-installs": install["id"],
        "integration-members": (await members_of(alpha, install))["greet"]["id"],
        "solutions": install["solutionId"],
        "entities": spare["id"],
        "events": (await alpha.get("/api/events", limit=1)).json["data"][0]["id"],
    }


def _asked(row: Row, scene: dict[str, str]) -> tuple[Any, ...]:
    name = row.path.split("/")[2]
    call = f"{row.method} {row.path}"
    path = row.path.replace("{id}", scene.get(name, ""))
    if row.path == "/api/entities/import-openapi":
        path += f"?workspaceId={scene['workspace']}"
    return row.method, path, filled(BODIES.get(call), scene)


async def _refused(world: World, row: Row, scene: dict[str, str], alpha: As, other: As) -> None:
    """Who is one tier short is told so; to another workspace there is nothing."""
    asked = _asked(row, scene)
    foreign = await other(*asked)
    if "{id}" in row.path or "<workspace>" in str(BODIES.get(f"{row.method} {row.path}", "")):
        assert (foreign.status, foreign.code) == (404, "not-found"), row
    elif row.method == "GET":
        assert foreign.status == 200, row
        assert not any(wire_id.encode() in foreign.content for wire_id in scene.values()), row
    if row.need in BELOW:
        short = await world.key(alpha.workspace_id, BELOW[row.need])
    elif row.need in {"platform admin", "a session"}:
        short = alpha
    else:
        return
    told = await short(*asked)
    expected = (404, "not-found") if "others: 404" in row.who else (403, "forbidden")
    assert (told.status, told.code) == expected, row


async def _done(world: World, row: Row, scene: dict[str, str], alpha: As) -> None:
    """The tier that the table names is enough: what stands in the way may be a state, never a right."""
    if "with a session" in row.who or row.need == "a session":
        user = await world.user("able")
        await world.member(alpha.workspace_id, user, "admin")
        able = await world.session(user)
    elif row.need == "platform admin":
        able = await world.platform_admin()
    else:
        able = await world.key(alpha.workspace_id, row.need if row.need in {"viewer", "editor"} else "admin")
    if row.path.endswith("/import-openapi"):
        return
    reply = await able(*_asked(row, scene))
    assert reply.status == row.status or (reply.status == 409 and reply.code in row.codes), (row, reply.json)
    if row.method == "GET" and "{id}" not in row.path:
        assert reply.json["data"] or row.need not in {"viewer", "everybody"}, row
