"""Under which slugs the closure of a version stands beside that of the version before it."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World


async def _two_errors(world: World) -> tuple[As, dict[str, Any], dict[str, Any]]:
    """An author whose `charge` and `send` each name a schema of its own, and both of these have the slug `error`."""
    author, mail = await world.workspace("author"), await world.workspace("mail")
    foreign = await entity(mail, "schema", "error", {"of": "mail"})
    offer = await offered(mail, "mail", [manifest_member(foreign, required=True, forkOnInstall=True)])
    clone = (await members_of(author, await installed(author, offer["id"])))["error"]
    own = await entity(author, "schema", "error", {"of": "billing"})
    send = await entity(author, "function", "send", {"in": clone["entityId"]})
    charge = await entity(author, "function", "charge", {"in": own["id"]})
    return author, manifest_member(charge), manifest_member(send)


async def _closure(author: As, draft: dict[str, Any], version: str, *members: dict[str, Any]) -> dict[str, str]:
    """What each closure slug of a new version means, by the function that names it."""
    reply = await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": list(members)}})
    assert reply.status == 200, reply.json
    made = await published(author, draft["id"], version)
    entries = (await author.get(f"/api/integrations/{draft['id']}/members", integrationVersionId=made["id"])).json
    return {entry["slug"]: entry["entityId"] for entry in entries["members"] if entry["role"] == "closure"}


async def test_a_closure_schema_stands_under_the_slug_that_it_had(world: World):
    author, charge, send = await _two_errors(world)
    draft = await integration(author)
    alone = await _closure(author, draft, "1.0.0", send)
    assert set(alone) == {"schema:error"}
    mail = alone["schema:error"]
    both = await _closure(author, draft, "1.1.0", charge, send)
    assert set(both) == {"schema:error", "schema:error-2"}
    assert both["schema:error"] == mail
    billing = both["schema:error-2"]
    assert await _closure(author, draft, "2.0.0", charge) == {"schema:error-2": billing}
    # a version of an old line goes on from the one below it
    assert await _closure(author, draft, "1.0.1", charge, send) == {"schema:error": mail, "schema:error-2": billing}
    # one that was away is new: 2.0.0 did not use its slug, so it may have it again
    assert await _closure(author, draft, "3.0.0", charge, send) == {
        "schema:error": mail, "schema:error-2": billing,
    }  # fmt: skip


async def test_a_draft_previews_the_slugs_that_a_next_version_would_have(world: World):
    author, charge, send = await _two_errors(world)
    draft = await integration(author)
    first = await _closure(author, draft, "1.0.0", send)
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": [charge, send]}})
    reply = await author.get(f"/api/integrations/{draft['id']}/members", draft="true")
    found = {entry["slug"]: entry["entityId"] for entry in reply.json["members"] if entry["role"] == "closure"}
    assert set(found) == {"schema:error", "schema:error-2"}
    assert found["schema:error"] == first["schema:error"]


async def test_a_template_stays_the_same_when_another_schema_of_its_name_leaves(world: World):
    author, charge, send = await _two_errors(world)
    draft = await integration(author)
    await _closure(author, draft, "1.0.0", charge, send)
    before = await world.values("select count(*) from templates")
    await _closure(author, draft, "2.0.0", send)
    assert await world.values("select count(*) from templates") == before
