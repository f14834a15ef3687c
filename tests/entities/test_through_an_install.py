"""What is read through an install: the version that it has, with its own values, whoever asks."""

from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World

WORD = {"type": "object", "properties": {"word": {"type": "string"}}}


async def test_who_is_in_both_workspaces_reads_what_the_install_has(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    source = await entity(author, "function", "f", {"t": "published"})
    draft = await offered(author, "demo", [manifest_member(source, required=True)])
    install = await installed(user, draft["id"])
    await author.patch(f"/api/entities/{source['id']}", {"definition": {"t": "draft"}})

    someone = await world.user()
    await world.member(author.workspace_id, someone, "viewer")
    await world.member(user.workspace_id, someone, "viewer")
    path = f"/api/entities/{source['id']}"
    for caller in (await world.session(someone), await world.platform_admin()):
        own = (await caller.get(path)).json
        assert (own["definition"], own["integrationInstallId"]) == ({"t": "draft"}, None)
        pinned = (await caller.get(path, integrationInstallId=install["id"])).json
        assert (pinned["definition"], pinned["integrationInstallId"]) == ({"t": "published"}, install["id"])
    unknown = await (await world.session(someone)).get(path, integrationInstallId="intins_" + "0" * 26)
    assert unknown.status == 404


async def test_the_newest_version_installed_is_the_installs_not_its_bases(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    source = await entity(author, "function", "f", {"t": "${variables.word}"})
    member = manifest_member(source, required=True)
    made = await integration(
        author, manifest={"members": [member], "allowMultipleInstalls": True}, variablesSchema=WORD
    )
    await published(author, made["id"])
    await unlisted(author, made["id"])
    first = await installed(user, made["id"], variables={"word": "first"})
    await published(author, made["id"], "2.0.0")
    second = await installed(user, made["id"], variables={"word": "second"})
    version = await published(author, made["id"], "3.0.0")
    assert (await user.post(f"/api/integration-installs/{first['id']}/upgrade")).json["updated"] == []

    # nothing changed, and yet the first install has the newest version
    member_row = (await members_of(user, first))["f"]
    assert member_row["sourceVersionId"] == version["id"]
    read = (await user.get(f"/api/entities/{source['id']}")).json
    assert (read["definition"], read["integrationInstallId"]) == ({"t": "first"}, first["id"])
    listed = (await user.get("/api/entities", source="integration")).json["data"]
    assert [row["definition"] for row in listed] == [{"t": "first"}]
    texts = {install["id"]: (await members_of(user, install))["f"]["entityVersionId"] for install in (first, second)}
    assert len(set(texts.values())) == 2


async def test_a_string_that_was_text_goes_on_being_text(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    looks = "app_01h455vb4pex5vsknk084sn02q"
    source = await entity(author, "function", "f", {"example": looks, "default": {"id": looks}})
    draft = await offered(author, "demo", [manifest_member(source, required=True, forkOnInstall=True)])
    clone = (await members_of(user, await installed(user, draft["id"])))["f"]["entityId"]
    text = (await user.get(f"/api/entities/{clone}")).json["definition"]
    assert text == {"example": looks, "default": {"id": looks}}
    assert (await user.patch(f"/api/entities/{clone}", {"definition": {**text, "mine": 1}})).status == 200
