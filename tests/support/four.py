"""The four that every endpoint starts with: no token 401, stranger 404, too low a tier 403, happy path with its cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.client import As
from tests.support.world import World

# The key that is one tier short.
BELOW = {"editor": "viewer", "admin": "editor"}

NOT_FOUND = (404, "not-found")
FORBIDDEN = (403, "forbidden")


@dataclass(frozen=True)
class Four:
    """One call: `{id}` in a path is what the scene has under the first part of it, `<name>` what it has under a name, as
    `{slug}` is.

    `need`: a tier, `session` (of an admin), or `platform admin`. `statements` is the number that the happy path takes;
    `before` are calls (method, path and perhaps a body) that bring about the state. `unseen`: what an admin of another workspace is told, who is given a
    page without anything of the scene by a list; `short`: who is one tier short, or has a key where a session is needed.
    """

    method: str
    path: str
    need: str
    statements: int
    body: Any = None
    status: int = 200
    query: str = ""
    before: tuple[tuple[Any, ...], ...] = ()
    unseen: tuple[int, str] = NOT_FOUND
    short: tuple[int, str] = FORBIDDEN

    def __str__(self) -> str:
        return f"{self.method} {self.path}{self.query}"

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "{id}" not in self.path

    def asked(self, scene: Mapping[str, str]) -> tuple[str, str, Any]:
        return self.method, _path(self.path, scene) + filled(self.query, scene), filled(self.body, scene)


def filled(tree: Any, scene: Mapping[str, str]) -> Any:
    """The tree with the names of the scene filled in."""
    if isinstance(tree, dict):
        return {key: filled(value, scene) for key, value in tree.items()}
    if isinstance(tree, list):
        return [filled(value, scene) for value in tree]
    if isinstance(tree, str):
        for name, value in scene.items():
            tree = tree.replace(f"<{name}>", value)
    return tree


def _path(path: str, scene: Mapping[str, str]) -> str:
    return path.replace("{id}", scene.get(path.split("/")[2], "")).replace("{slug}", scene.get("slug", ""))


async def hold(world: World, call: Four, scene: Mapping[str, str], owner: As, other: As) -> None:
    """Ask as each of the four; `owner` is an admin of the workspace, `other` one of a workspace that sees nothing."""
    for method, path, *body in call.before:
        assert (await owner(method, _path(path, scene), *body)).status in {200, 201}
    asked = call.asked(scene)
    assert (await world.stranger(*asked)).status == 401

    unseen = await other(*asked)
    if call.is_list:
        assert unseen.status == 200
        assert not [name for name, value in scene.items() if value.encode() in unseen.content]
    else:
        assert (unseen.status, unseen.code) == call.unseen

    if call.need != "viewer":
        told = await (await world.key(owner.workspace_id, BELOW.get(call.need, "admin")))(*asked)
        assert (told.status, told.code) == call.short

    done = await (await _able(world, call.need, owner.workspace_id))(*asked)
    assert done.status == call.status, done.json
    assert done.statements == call.statements, f"{done.statements} statements:\n" + "\n".join(
        world.statements[-done.statements :]
    )


async def _able(world: World, need: str, workspace_id: str) -> As:
    if need == "platform admin":
        return await world.platform_admin()
    if need == "session":
        user = await world.user("able")
        await world.member(workspace_id, user, "admin")
        return await world.session(user)
    return await world.key(workspace_id, need)
