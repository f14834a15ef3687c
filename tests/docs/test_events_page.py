"""docs/events.md: every type of event that the source has, each with the subject and the keys that it comes with."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import graft
from graft import jsontext
from tests.docs.api_tour import last_tour, tour
from tests.docs.doc_examples import DOCS
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.scene import scene_of
from tests.support.world import World, running

pytestmark = pytest.mark.slow

PAGE = (DOCS / "events.md").read_text("utf-8")
ROWS = {
    name: (prefix, set(re.findall(r"`(\w+)\??`", keys)), set(re.findall(r"`(\w+)\?`", keys)))
    for name, prefix, keys in re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| `(\w+)_` \| (.+?) \| .+ \|$", PAGE, re.MULTILINE)
}
# an alias of a table is shorter
_TYPE = re.compile(r"[a-z_]{4,}\.[a-z_]+")
_WRITES = ("from graft.events.record import", "insert into events")


def _types() -> set[str]:
    """The types in the modules that write events: texts of this form, by themselves or within a statement."""
    found: set[str] = set()
    for path in sorted(Path(graft.__file__).parent.rglob("*.py")):
        text = path.read_text("utf-8")
        if any(sign in text for sign in _WRITES):
            found |= set(_named(ast.parse(text)))
    return found


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _TYPE.fullmatch(node.value):
                yield node.value
            if "insert into events" in node.value:
                yield from re.findall(rf"'({_TYPE.pattern})'", node.value)


def _composed() -> Iterator[str]:
    """Types put together from parts, which a search does not find: arguments of this form in the calls that record."""
    for path in sorted(Path(graft.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                "record",
                "record_as",
                "record_each",
                "record_on_platform",
                "record_on_platform_as",
            }:
                yield from (f"{path.name}:{node.lineno}" for part in ast.walk(node) if isinstance(part, ast.JoinedStr))


def test_every_type_in_the_source_has_its_row_and_no_row_is_of_another():
    assert ROWS.keys() == _types()
    assert len(re.findall(r"^\| `[a-z_]+\.", PAGE, re.MULTILINE)) == len(ROWS)
    # one by a statement, one within a tuple, one as an argument
    assert {"integration_install.upgraded", "entity.created", "workspace.restored"} <= ROWS.keys()


def test_no_type_is_put_together_from_parts():
    assert list(_composed()) == []


async def test_each_type_happens_with_the_subject_and_keys_of_its_row(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        await tour(world, alpha, await scene_of(world, alpha))
        await _reviews(world, beta)
        await _clones(world, beta)
        await _sessions(world)
        gamma = await world.workspace("gamma")
        await last_tour(world, gamma, await scene_of(world, gamma))
        happened = await world.owner.fetch("""
            select type, subject_prefix, data from events union all
            select type, subject_prefix, data from platform_events""")

    assert {row["type"] for row in happened} == ROWS.keys()
    kinds = {"agt", "sch"}
    for row in happened:
        prefix, keys, sometimes = ROWS[row["type"]]
        found = _keys(row["data"])
        assert row["subject_prefix"] == prefix or (prefix == "fun" and row["subject_prefix"] in kinds), row["type"]
        assert keys - sometimes <= found <= keys, (row["type"], found)


def _keys(data: Any) -> set[str]:
    return set(jsontext.decode(bytes(data)))


async def _reviews(world: World, author: As) -> None:
    """A wish for public that is refused, then unlisted at once."""
    admin = await world.platform_admin()
    made = await offered(author, "reviewed", [])
    path = f"/api/integrations/{made['id']}"
    assert (await author.post(f"{path}/visibility", {"visibility": "public"})).status == 200
    assert (await admin.post(f"{path}/review", {"approve": False, "reason": "Not yet."})).status == 200


async def _sessions(world: World) -> None:
    """A session that is made, renamed and revoked."""
    admin = await world.platform_admin()
    made = await admin.post("/api/api-keys", {"kind": "session", "userId": await world.user(), "name": "laptop"})
    path = f"/api/api-keys/{made.json['id']}"
    assert (await admin.patch(path, {"name": "other"})).status == (await admin.delete(path)).status == 200


async def _clones(world: World, author: As) -> None:
    """An install whose clones are edited, detached, handed back, removed by an upgrade and taken back."""
    user = await world.workspace("user")
    functions = [await entity(author, "function", slug, {"text": slug}) for slug in ("first", "second", "third")]
    manifest = [manifest_member(found, required=True, forkOnInstall=True) for found in functions]
    made = await offered(author, "cloned", manifest)
    install = await installed(user, made["id"])
    members = await members_of(user, install)
    first, second, third = (members[slug] for slug in ("first", "second", "third"))
    assert (await user.patch(f"/api/entities/{first['entityId']}", {"definition": {"text": "ours"}})).status == 200
    for detached in (True, False):
        done = await user.post(f"/api/integration-members/{second['id']}/detach", {"detached": detached})
        assert done.status == 200
    # one of the workspace's own names the clone that goes
    await entity(user, "agent", "naming", {"tool": third["entityId"]})
    await author.patch(f"/api/integrations/{made['id']}", {"manifest": {"members": manifest[:2]}})
    await published(author, made["id"], "2.0.0")
    assert (await user.post(f"/api/integration-installs/{install['id']}/upgrade")).json["removed"] == ["third"]
    assert (await user.post(f"/api/entities/{third['entityId']}/restore")).status == 200
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": {"get": {"responses": {}}}}}
    imported = await user("POST", f"/api/entities/import-openapi?workspaceId={user.workspace_id}", document)
    assert imported.status == 200, imported.json
