"""The table of docs/api.md, and a tour through all calls with callers of the tier that it names."""

import re
from typing import Any, NamedTuple

from tests.docs.doc_examples import DOCS
from tests.support.client import As
from tests.support.four import filled
from tests.support.scene import BODIES
from tests.support.world import World

PAGE = (DOCS / "api.md").read_text("utf-8")


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
# What ends an object, brings it back and ends it for ever; an install comes before what it names.
ENDS = ("DELETE", "POST/restore", "DELETE", "DELETE/purge")
ENDING = (
    "permissions", "integration-installs", "integrations", "entities", "auth-states", "api-keys", "publishers",
    "workspace-members", "users", "workspaces",
)  # fmt: skip


async def tour(world: World, alpha: As, scene: dict[str, str]) -> None:
    """Each call that leaves the scene as it is, but for its own change."""
    for row in [row for row in ROWS if row.method != "DELETE" and not row.path.endswith(("/restore", "/purge"))]:
        await done(world, row, scene, alpha)


async def last_tour(world: World, alpha: As, scene: dict[str, str]) -> None:
    """Each call that ends an object or brings it back."""
    for name in ENDING:
        rows = {row.method + row.path.partition("{id}")[2]: row for row in ROWS if row.path.startswith(f"/api/{name}/")}
        for end in ENDS if "POST/restore" in rows else ENDS[:1]:
            if end in rows:
                await done(world, rows[end], scene, alpha)


def asked_of(row: Row, scene: dict[str, str]) -> tuple[Any, ...]:
    name = row.path.split("/")[2]
    call = f"{row.method} {row.path}"
    path = row.path.replace("{id}", scene.get(name, "")).replace("{slug}", scene["slug"])
    if row.path == "/api/entities/import-openapi":
        path += f"?workspaceId={scene['workspace']}"
    if path.endswith("/diff"):
        path += f"?from={scene[name]}"
    return row.method, path, filled(BODIES.get(call), scene)


async def done(world: World, row: Row, scene: dict[str, str], alpha: As) -> None:
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
    reply = await able(*asked_of(row, scene))
    assert reply.status == row.status or (reply.status == 409 and reply.code in row.codes), (row, reply.json)
    if row.method == "GET" and "data" in reply.json and "there are none" not in row.who:
        assert reply.json["data"] or row.need not in {"viewer", "everybody"}, row
