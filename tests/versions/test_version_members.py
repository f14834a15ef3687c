"""The members of a version are read once a process, and the versions used last are kept, up to a number of members."""

from graft.ids import new_id
from graft.version_members import VersionMember, VersionMembers
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import running


def member(slug: str) -> VersionMember:
    return VersionMember(
        1, slug, "function", slug, slug, None, "member", 1, (), (), new_id(), new_id(), True, True, True, ()
    )


def test_the_versions_used_last_are_kept():
    known = VersionMembers(most=5)
    ids = [new_id() for _ in range(4)]
    for version_id in ids[:2]:
        known.keep(version_id, [member("a"), member("b")])
    assert known.get(ids[0]) is not None
    known.keep(ids[2], [member("c"), member("d")])
    assert [known.get(version_id) is not None for version_id in ids] == [True, False, True, False]
    known.keep(ids[3], [member(str(at)) for at in range(6)])
    assert [known.get(version_id) is not None for version_id in ids] == [True, False, True, False]
    known.keep(ids[1], [])
    assert known.get(ids[1]) == []
    assert len(known.get(ids[2]) or ()) == 2


async def test_members_are_read_once_and_a_clone_of_an_older_version_finds_its_base(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        author, user, other = [await world.workspace(slug) for slug in ("author", "user", "other")]
        made = [await entity(author, "function", slug, {"text": "one"}) for slug in ("kept", "moved")]
        draft = await offered(author, "demo", [manifest_member(one, required=True, forkOnInstall=True) for one in made])
        install = await installed(user, draft["id"])
        body = {"workspaceId": other.workspace_id}
        again = await other.post(f"/api/integrations/{draft['id']}/install", body)
        assert (again.status, again.statements) == (201, 8)
        clone = (await members_of(user, install))["kept"]
        assert (await user.patch(f"/api/entities/{clone['entityId']}", {"definition": {"mine": 1}})).status == 200
        expected = [{"updated": ["moved"], "skipped": ["kept"]}, {"updated": ["moved"], "skipped": []}]
        for number, lists in enumerate(expected, 2):
            for one in made if number == 2 else made[1:]:
                await author.patch(f"/api/entities/{one['id']}", {"definition": {"text": str(number)}})
            await published(author, draft["id"], f"{number}.0.0")
            # another process has read neither version yet
            async with running(database_url, app_role) as elsewhere:
                upgraded = await type(user)(elsewhere, user.token).post(
                    f"/api/integration-installs/{install['id']}/upgrade"
                )
            assert upgraded.status == 200, upgraded.json
            assert {name: upgraded.json[name] for name in ("updated", "skipped")} == lists
