"""The four that every endpoint starts with: no token 401, stranger 404, too low a tier 403, happy path with its cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.world import As, World

# The key that is one tier short.
BELOW = {"editor": "viewer", "admin": "editor"}


@dataclass(frozen=True)
class Four:
    """One call. `<name>` in path and body stands for what the scene has under this name.

    `statements` is the number that the happy path takes; `before` are calls that bring about the state.
    """

    method: str
    path: str
    need: str
    statements: int
    body: Any = None
    status: int = 200
    before: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def filled(tree: Any, scene: Mapping[str, str]) -> Any:
    """The tree with the names of the scene filled in."""
    if isinstance(tree, dict):
        return {key: filled(value, scene) for key, value in tree.items()}
    if isinstance(tree, str):
        for name, value in scene.items():
            tree = tree.replace(f"<{name}>", value)
    return tree


async def hold(world: World, call: Four, scene: Mapping[str, str], owner: As, other: As) -> None:
    """Ask as each of the four; `owner` is an admin of the workspace, `other` one of a workspace that sees nothing."""
    for method, path in call.before:
        assert (await owner(method, filled(path, scene))).status in {200, 201}
    asked = (call.method, filled(call.path, scene), filled(call.body, scene))
    assert (await world.stranger(*asked)).status == 401
    unseen = await other(*asked)
    assert (unseen.status, unseen.code) == (404, "not-found")
    if call.need in BELOW:
        short = await world.key(owner.workspace_id, BELOW[call.need])
        told = await short(*asked)
        assert (told.status, told.code) == (403, "forbidden")
    able = await world.key(owner.workspace_id, call.need)
    done = await able(*asked)
    assert done.status == call.status, done.json
    assert done.statements == call.statements, f"{done.statements} statements:\n" + "\n".join(
        world.statements[-done.statements :]
    )
