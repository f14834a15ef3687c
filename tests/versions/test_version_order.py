"""Versions stand in lists by the precedence of semver, also where a migration wrote what they sort by."""

from importlib import resources
from typing import Any

import pytest

from graft.manifest import semver
from tests.support.client import As
from tests.support.factories.integrations import integration, published
from tests.support.world import World

ASCENDING = [
    "0.9.10", "1.0.0-2", "1.0.0-10", "1.0.0-A", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.1", "1.0.0",
    "1.2.0", "1.9.0", "1.10.0-rc.1", "1.10.0+build.7", "10.0.0", "99999999999999999999.0.0",
]  # fmt: skip


async def _author(world: World) -> tuple[As, dict[str, Any]]:
    author = await world.workspace("author")
    draft = await integration(author)
    for version in [*ASCENDING[::2], *ASCENDING[1::2]]:
        await published(author, draft["id"], version)
    return author, draft


async def test_versions_are_sorted_and_compared_by_precedence(world: World):
    author, draft = await _author(world)

    async def listed(**parameters: Any) -> list[str]:
        reply = await author.get("/api/integration-versions", integration_id=draft["id"], **parameters)
        assert reply.status == 200, reply.json
        return [row["version"] for row in reply.json["data"]]

    assert await listed(orderBy='[{"version":"asc"}]') == ASCENDING
    assert await listed(orderBy='[{"version":"desc"}]') == ASCENDING[::-1]
    order = '[{"version":"asc"}]'
    assert await listed(orderBy=order, filter='{"version":{"gte":"1.9.0"}}') == ASCENDING[10:]
    assert await listed(orderBy=order, filter='{"version":{"gt":"1.10.0","lt":"10.0.0+x"}}') == []
    assert await listed(orderBy=order, filter='{"version":{"lte":"1.0.0-10"}}') == ASCENDING[:3]
    assert await listed(orderBy=order, filter='{"NOT":{"version":{"lt":"10.0.0"}}}') == ASCENDING[-2:]


async def test_equality_goes_by_the_text(world: World):
    author, draft = await _author(world)
    for condition, count in [
        ('"1.10.0+build.7"', 1), ('"1.10.0"', 0), ('{"in":["1.10.0","1.2.0","nonsense"]}', 1),
        ('{"startsWith":"1.0.0-alpha"}', 3), ('{"ne":"1.2.0"}', len(ASCENDING) - 1),
    ]:  # fmt: skip
        reply = await author.get("/api/integration-versions", filter=f'{{"version":{condition}}}')
        assert reply.json["pageInfo"]["total"] == count, condition
    assert draft


async def test_a_walk_over_versions_sees_each_once_both_ways(world: World):
    author, _ = await _author(world)
    for direction, expected in (("asc", ASCENDING), ("desc", ASCENDING[::-1])):
        for onwards, cursor, more in (
            ("after", "endCursor", "hasNextPage"),
            ("before", "startCursor", "hasPreviousPage"),
        ):
            seen: list[str] = []
            place: dict[str, str] = {}
            if onwards == "before":
                last = await author.get(
                    "/api/integration-versions", orderBy=f'[{{"version":"{direction}"}}]', limit="100"
                )
                place, seen = {"before": last.json["pageInfo"]["endCursor"]}, [expected[-1]]
            while True:
                reply = await author.get(
                    "/api/integration-versions", orderBy=f'[{{"version":"{direction}"}}]', limit="4", **place
                )
                page = [row["version"] for row in reply.json["data"]]
                seen = [*seen, *page] if onwards == "after" else [*page, *seen]
                if not reply.json["pageInfo"][more]:
                    break
                place = {onwards: reply.json["pageInfo"][cursor]}
            assert seen == expected


@pytest.mark.parametrize("version", ["1.9", "latest", "", "v1.0.0", "1.0.0 "])
async def test_what_is_no_version_has_no_place_in_their_order(version: str, world: World):
    author = await world.workspace("author")
    for path, field in (("/api/integration-versions", "version"), ("/api/integrations", "currentVersion")):
        reply = await author.get(path, filter=f'{{"{field}":{{"gte":"{version}"}}}}')
        assert (reply.status, reply.problems) == (400, {(f"filter/{field}/gte", "invalid-value")})


async def test_integrations_are_sorted_by_the_precedence_of_their_current_version(world: World):
    author = await world.workspace("author")
    for slug, versions in {"a": ["1.9.0", "1.10.0"], "b": ["1.9.0"], "c": [], "d": ["2.0.0-rc.1"]}.items():
        draft = await integration(author, slug)
        for version in versions:
            await published(author, draft["id"], version)

    async def listed(**parameters: str) -> list[str]:
        reply = await author.get("/api/integrations", **parameters)
        assert reply.status == 200, reply.json
        return [row["slug"] for row in reply.json["data"]]

    assert await listed(orderBy='[{"currentVersion":"asc"}]') == ["b", "a", "d", "c"]
    assert await listed(orderBy='[{"currentVersion":"desc_nulls_last"}]') == ["d", "a", "b", "c"]
    assert await listed(filter='{"currentVersion":{"gt":"1.9.0"}}', orderBy='[{"slug":"asc"}]') == ["a", "d"]
    assert await listed(filter='{"currentVersion":{"isNull":true}}') == ["c"]
    assert await listed(orderBy='[{"currentVersion":"asc"}]', limit="2") == ["b", "a"]


async def test_what_a_migration_writes_for_older_versions_is_what_publish_writes(world: World):
    migration = (resources.files("graft.db.migrations") / "0010_version_precedence.sql").read_text("utf-8")
    _, draft = await _author(world)
    written = {row["version"]: row["precedence"] for row in await _precedences(world)}
    assert written == {version: semver.sort_key(version) for version in ASCENDING}
    await world.owner.execute("update integration_versions set precedence = ''")
    await world.owner.execute("update integrations set current_precedence = null")
    await world.owner.execute(migration.partition('current_precedence text collate "C";')[2])
    assert {row["version"]: row["precedence"] for row in await _precedences(world)} == written
    assert await world.values("select current_precedence from integrations") == (semver.sort_key(ASCENDING[-1]),)
    assert draft


async def _precedences(world: World) -> list[Any]:
    return await world.owner.fetch("select version, precedence from integration_versions")


async def test_blanks_around_ids_do_not_count(world: World):
    author = await world.workspace("author")
    one, other = [(await integration(author, slug))["id"] for slug in ("a", "b")]
    for text, count in [
        (f"{one}, {other} ", 2),
        (f" {one}", 1),
        (f"{one},\t{one}", 1),
        (f"{one[:9]} {one[9:]}", 0),
    ]:
        reply = await author.get("/api/integrations", ids=text)
        assert (reply.status, reply.json["pageInfo"]["total"]) == (200, count), text
