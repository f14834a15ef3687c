"""What a deleted workspace owns is as deleted: what is installed goes on, and nobody edits, publishes, grants or installs anew."""

from graft.app import ENDPOINTS
from graft.db.migrate import migrate, migrations
from tests.support.client import As
from tests.support.database import connected
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.four import filled
from tests.support.scene import BODIES, scene_of
from tests.support.world import World

CLONED = {"required": True, "forkOnInstall": True}


async def admin_of(world: World, workspace: As) -> As:
    """A user who administers the workspace, also when it is deleted."""
    user_id = await world.user("lead")
    await world.member(workspace.workspace_id, user_id, "admin")
    return await world.session(user_id)


async def test_installs_of_its_integrations_go_on_and_nobody_installs_anew(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    stranger, lead = await world.workspace("stranger"), await admin_of(world, author)
    function = await entity(author, "function", "greet", {"text": "one"})
    draft = await offered(author, "demo", [manifest_member(function, **CLONED)])
    install = await installed(user, draft["id"])
    await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "two"}})
    later = await published(author, draft["id"], "2.0.0")
    path, workspace = f"/api/integrations/{draft['id']}", f"/api/workspaces/{author.workspace_id}"
    assert (await lead.delete(workspace)).status == 200

    for caller in (user, stranger):
        assert (await caller.get(path)).status == 404
        new = await caller.post(path + "/install", {"workspaceId": caller.workspace_id})
        assert (new.status, new.code) == (404, "not-found")
    assert (await stranger.get(f"/api/integration-versions/{later['id']}")).status == 404
    assert (await user.get(f"/api/integration-versions/{install['integrationVersionId']}")).status == 200
    upgrade = await user.post(f"/api/integration-installs/{install['id']}/upgrade")
    assert (upgrade.status, upgrade.code) == (409, "integration-deleted")
    clone = (await members_of(user, install))["greet"]["entityId"]
    edited = await user.patch(f"/api/entities/{clone}", {"definition": {"text": "mine"}})
    assert edited.status == 200

    assert (await lead.post(workspace + "/restore")).status == 200
    assert (await stranger.get(path)).status == 200
    assert (await user.post(f"/api/integration-installs/{install['id']}/upgrade")).status == 200


async def test_who_was_granted_something_of_it_does_nothing_with_it(world: World):
    author, friend = await world.workspace("author"), await world.workspace("friend")
    lead = await admin_of(world, author)
    function = await entity(author, "function", "greet")
    draft = await integration(author, manifest={"members": [manifest_member(function)]})
    for object_id in (draft["id"], function["id"]):
        await world.grant(object_id, friend.workspace_id, "admin", author.workspace_id)
    body = {"subjectId": None, "tier": "viewer"}
    asked = [
        ("GET", f"/api/integrations/{draft['id']}", None, 404),
        ("PATCH", f"/api/integrations/{draft['id']}", {"name": "mine"}, 404),
        ("POST", f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"}, 404),
        ("POST", "/api/permissions", {**body, "entityId": draft["id"]}, 400),
        ("GET", f"/api/entities/{function['id']}", None, 404),
        ("PATCH", f"/api/entities/{function['id']}", {"name": "mine"}, 404),
        ("POST", "/api/permissions", {**body, "entityId": function["id"]}, 400),
    ]
    await lead.delete(f"/api/workspaces/{author.workspace_id}")
    for method, path, sent, status in asked:
        assert (await friend(method, path, sent)).status == status, (method, path)
    for path in ("/api/integrations", "/api/entities"):
        assert (await friend.get(path, include_deleted="true")).json["data"] == []
    naming = {"workspaceId": friend.workspace_id, "kind": "function", "slug": "f", "name": "f"}
    refused = await friend.post("/api/entities", {**naming, "definition": {"calls": function["id"]}})
    assert refused.status == 400
    await lead.post(f"/api/workspaces/{author.workspace_id}/restore")
    for method, path, _, _ in asked[:1] + asked[4:5]:
        assert (await friend(method, path)).status == 200


async def test_only_what_went_with_the_workspace_comes_back_with_it(world: World):
    author = await world.workspace("author")
    lead, admin = await admin_of(world, author), await world.platform_admin()
    kept, gone = await integration(author, "kept"), await integration(author, "gone")
    await author.delete(f"/api/integrations/{gone['id']}")
    await lead.delete(f"/api/workspaces/{author.workspace_id}")
    shown = (await admin.get(f"/api/integrations/{kept['id']}")).json
    assert (shown["deletedAt"] is None, shown["retentionTier"]) == (False, "none")
    refused = await admin.post(f"/api/integrations/{kept['id']}/restore")
    assert (refused.status, refused.code) == (409, "deleted")
    await lead.post(f"/api/workspaces/{author.workspace_id}/restore")
    found = (await author.get("/api/integrations", include_deleted="true")).json["data"]
    assert {row["slug"]: (row["deletedAt"] is None, row["retentionTier"]) for row in found} == {
        "kept": (True, None),
        "gone": (False, "medium"),
    }


async def test_a_platform_admin_ends_what_a_deleted_workspace_left(world: World):
    author, admin = await world.workspace("author"), await world.platform_admin()
    draft = await integration(author)
    await admin.delete(f"/api/workspaces/{author.workspace_id}")
    assert (await admin.delete(f"/api/integrations/{draft['id']}/purge")).status == 200
    assert (await admin.post(f"/api/workspaces/{author.workspace_id}/restore")).status == 200
    assert (await author.get("/api/integrations", include_deleted="true")).json["data"] == []


async def test_integrations_of_workspaces_deleted_before_are_deleted_by_the_migration(
    empty_database_url: str, app_role: str
):
    at = next(number for number, (name, _) in enumerate(migrations()) if "deleted_workspaces" in name)
    await migrate(empty_database_url, app_role=app_role, known=migrations()[:at])
    async with connected(empty_database_url) as owner:
        await owner.execute("""
            insert into workspaces (id, slug, name, created_at, updated_at, deleted_at)
              values (gen_random_uuid(), 'gone', 'gone', now(), now(), now() - interval '1 day'),
                (gen_random_uuid(), 'there', 'there', now(), now(), null);
            insert into integrations (id, workspace_id, slug, name, publisher, manifest, variables_schema, auth_config,
                created_at, updated_at)
              select gen_random_uuid(), w.id, 'demo', 'demo', w.slug, '{}', '{}', '{}', now(), now() from workspaces w""")
        assert await migrate(empty_database_url, app_role=app_role, known=migrations()[: at + 1]) != []
        rows = await owner.fetch("""
            select w.slug, i.deleted_at is not distinct from w.deleted_at as together, i.retention_tier
            from integrations i join workspaces w on w.id = i.workspace_id order by 1""")
    assert [tuple(row) for row in rows] == [("gone", True, "none"), ("there", True, None)]


# What is about the workspace itself, about who is in it, or about nothing of it; a grant is taken, what is deleted purged.
_FREE = {"workspaces", "users", "publishers", "workspace-members", "api-keys"}
_ENDS = {"DELETE /api/permissions/{id}", "DELETE /api/integrations/{id}/purge"}


async def test_not_even_a_platform_admin_changes_what_a_deleted_workspace_owns(world: World):
    alpha = await world.workspace("alpha")
    scene = await scene_of(world, alpha)
    admin = await world.platform_admin()
    assert (await admin.delete(f"/api/workspaces/{alpha.workspace_id}")).status == 200
    told: dict[str, int] = {}
    for call in ENDPOINTS:
        kind, name = call.path.split("/")[2], f"{call.method} {call.path}"
        if call.writes and kind not in _FREE and name not in _ENDS and not call.body_raw:
            body = filled(BODIES.get(name), scene)
            told[name] = (await admin(call.method, call.path.replace("{id}", scene.get(kind, "")), body)).status
    assert {name: status for name, status in told.items() if status not in {404, 409}} == {}
    assert len(told) > 20
