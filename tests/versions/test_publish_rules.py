"""Each rule of publish by itself, what a version then holds, and who may publish what."""

from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World, running

pytestmark = pytest.mark.slow

WRITTEN = """select (select count(*) from integration_versions), (select count(*) from version_members),
  (select count(*) from templates), (select count(*) from burnt_versions),
  (select count(*) from integrations where current_version is not null),
  (select count(*) from events where type = 'integration.published')"""


async def author_with(world: World) -> tuple[As, dict[str, dict[str, Any]]]:
    """An author and the manifest members of its entities by slug."""
    author = await world.workspace("author")
    stray = await entity(author, "agent", "stray")
    definitions: dict[str, dict[str, Any]] = {
        "slips": {"a": ["${variables.}", {"b~/c": "x ${ variables.word } y"}], "e": "${variables.a.b}${variables.x-y}"},
        "default-slips": {"default": "${variables.}", "x-a": "${ variables.x }", "k": "${HOME} ${{ secrets.X }} $${variables.}"},
        "a": {}, "b": {}, "names-stray": {"x": [{"y/z": stray["id"]}]}, "asks": {"t": "a ${variables.word} b"},
    }  # fmt: skip
    made = {slug: await entity(author, "function", slug, text) for slug, text in definitions.items()}
    return author, {slug: manifest_member(found) for slug, found in made.items()}


def properties(**variables: Any) -> dict[str, Any]:
    return {"variablesSchema": {"type": "object", "properties": variables}}


RULES: dict[str, tuple[list[Any], dict[str, Any], set[tuple[str, str]]]] = {
    "a slug that stands twice": (
        ["a", ("b", {"slug": "a"})], {}, {("/manifest/members/1/slug", "duplicate")},
    ),
    "an entity that stands twice": (
        ["a", ("a", {"slug": "b"})], {}, {("/manifest/members/1/entityId", "duplicate")},
    ),
    "malformed slugs": (
        [("a", {"slug": "A"}), ("b", {"slug": "schema:b"})], {},
        {("/manifest/members/0/slug", "malformed-slug"), ("/manifest/members/1/slug", "malformed-slug")},
    ),
    "a slug that is too long": (
        [("a", {"slug": "a" * 129})], {}, {("/manifest/members/0/slug", "malformed-slug")},
    ),
    "an id of another shape": (
        [("a", {"entityId": "nonsense"})], {}, {("/manifest/members/0/entityId", "unknown-entity")},
    ),
    "an entity under another prefix": (
        [("a", {"entityId": "agt_" + "0" * 26})], {}, {("/manifest/members/0/entityId", "unknown-entity")},
    ),
    "a wrong kind": ([("a", {"kind": "agent"})], {}, {("/manifest/members/0/kind", "wrong-kind")}),
    "an unknown dependsOn": (
        [("a", {"dependsOn": ["b", "c"]}), "b"], {}, {("/manifest/members/0/dependsOn/1", "unknown-member")},
    ),
    "a dependsOn of itself": (
        [("a", {"dependsOn": ["a"]})], {}, {("/manifest/members/0/dependsOn/0", "dependency-cycle")},
    ),
    "a dependsOn that is said twice": (
        [("a", {"dependsOn": ["b", "b"]}), "b"], {}, {("/manifest/members/0/dependsOn/1", "duplicate")},
    ),
    "placeholders that are none": (
        ["slips"], {}, {("/manifest/members/0/entityId", "malformed-placeholder")},
    ),
    "a dependency on itself": (
        [], {"manifest": {"dependencies": [{"integration": "a/b", "range": "*"}, {"integration": "author/demo", "range": "*"}]}},
        {("/manifest/dependencies/1/integration", "self-dependency")},
    ),
    "an unresolved reference": (
        ["names-stray"], {}, {("/manifest/members/0/entityId", "unresolved-reference")},
    ),
    "an undeclared variable": (
        ["asks"], properties(other={}), {("/manifest/members/0/entityId", "undeclared-variable")},
    ),
    "a schema that is none": (
        [], properties(v={"type": "nonsense"}), {("/variablesSchema/properties/v/type", "invalid-schema")},
    ),
    "a secret variable": (
        [], properties(v={"type": "string", "format": "password"}),
        {("/variablesSchema/properties/v/format", "secret-variable")},
    ),
    "a schema from elsewhere": (
        [], properties(v={"$ref": "https://example.com/schema"}),
        {("/variablesSchema/properties/v/$ref", "foreign-ref")},
    ),
    "a default that does not pass": (
        [], properties(v={"type": "integer", "default": "x"}),
        {("/variablesSchema/properties/v/default", "wrong-type")},
    ),
    "a preset variable that does not pass": (
        [], {**properties(v={"type": "integer"}), "manifest": {"defaults": {"variables": {"v": "x", "w": 1}}}},
        {("/manifest/defaults/variables/v", "wrong-type"), ("/manifest/defaults/variables/w", "unknown-variable")},
    ),
    "an auth config of another type": (
        [], {"authConfig": {"type": "basic"}}, {("/authConfig/type", "unknown-value")},
    ),
    "an auth config without its URLs": (
        [], {"authConfig": {"type": "oauth2", "tokenUrl": "http://plain.example"}},
        {("/authConfig/authorizeUrl", "missing-key"), ("/authConfig/tokenUrl", "invalid-url")},
    ),
    "malformed dependencies": (
        [], {"manifest": {"dependencies": [{"integration": "nobody", "range": "^1"}, {"integration": "a/b", "range": "≥1"}]}},
        {("/manifest/dependencies/0/integration", "malformed-integration"),
         ("/manifest/dependencies/1/range", "malformed-range")},
    ),
    "a policy that is none": (
        [], {"manifest": {"defaults": {"memberPolicy": "all"}}}, {("/manifest/defaults/memberPolicy", "unknown-value")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
async def test_a_draft_is_refused_at_the_place_and_nothing_is_written(rule: str, world: World):
    members, documents, problems = RULES[rule]
    author, known = await author_with(world)
    listed = [known[found] if isinstance(found, str) else {**known[found[0]], **found[1]} for found in members]
    manifest = {"members": listed, **documents.get("manifest", {})}
    draft = await integration(author, "demo", **{**documents, "manifest": manifest})
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    assert (reply.status, reply.problems) == (400, problems)
    assert await world.values(WRITTEN) == (0, 0, 0, 0, 0, 0)


async def test_each_slip_of_a_placeholder_is_told_with_its_place(world: World):
    author, known = await author_with(world)
    draft = await integration(author, manifest={"members": [known["slips"]]})
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    told = [problem["detail"].split(" is no placeholder")[0] for problem in reply.json["errors"]]
    assert told == [
        "slips/a/0: '${variables.}'",
        "slips/a/1/b~0~1c: '${ variables.word }'",
        "slips/e: '${variables.a.b}'",
        "slips/e: '${variables.x-y}'",
    ]


async def test_what_was_not_meant_as_a_placeholder_is_text(world: World):
    author, known = await author_with(world)
    draft = await integration(author, manifest={"members": [known["default-slips"]]})
    await published(author, draft["id"])


@pytest.mark.parametrize(
    "version", ["", "1", "1.0", "v1.0.0", "1.0.0-", "01.0.0", "1.0.0-01", " 1.0.0", "1.0.0\n", "1.0.\u0660"]
)
async def test_a_version_is_strict_semver(version: str, world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": version})
    assert (reply.status, reply.problems) == (400, {("/version", "invalid-version")})


async def test_build_metadata_does_not_make_another_version(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    assert (await published(author, draft["id"], "1.0.0+linux"))["version"] == "1.0.0+linux"
    for version in ("1.0.0", "1.0.0+linux", "1.0.0+mac"):
        reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": version})
        assert (reply.status, reply.code) == (409, "version-exists")
    written, *_ = await world.values(WRITTEN)
    assert written == 1
    other = await integration(author, "other")
    await published(author, other["id"], "1.0.0")


async def test_a_deleted_integration_is_not_published(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    await author.delete(f"/api/integrations/{draft['id']}")
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    assert (reply.status, reply.code) == (409, "deleted")


async def test_members_may_name_each_other_in_a_circle_and_bring_their_closure(world: World):
    author = await world.workspace("author")
    deep = await entity(author, "schema", "deep")
    tree = await entity(author, "schema", "tree", {"of": deep["id"]})
    await author.patch(f"/api/entities/{tree['id']}", {"definition": {"of": deep["id"], "self": tree["id"]}})
    first = await entity(author, "function", "first", {"in": tree["id"]})
    second = await entity(author, "agent", "second", {"calls": first["id"]})
    await author.patch(f"/api/entities/{first['id']}", {"definition": {"in": tree["id"], "by": second["id"]}})
    draft = await integration(author, manifest={"members": [manifest_member(first), manifest_member(second)]})
    body = {"version": "1.0.0", "changelog": "The first."}
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", body)
    assert reply.status == 201
    assert reply.json["changelog"] == "The first."
    latest = {
        slug: (await author.get(f"/api/entities/{found['id']}")).json["defaultVersionId"]
        for slug, found in
        {"first": first, "second": second, "schema:tree": tree, "schema:deep": deep}.items()
    }  # fmt: skip
    assert reply.json["memberEntityVersions"] == latest


async def test_a_closure_of_two_schemas_of_one_slug_has_two_members(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    shape = await entity(other, "schema", "shape", {"whose": "other"})
    foreign = await offered(other, "foreign", [manifest_member(shape, required=True, forkOnInstall=True)])
    clone = (await members_of(author, await installed(author, foreign["id"])))["shape"]
    own = await entity(author, "schema", "shape", {"whose": "own"})
    function = await entity(author, "function", "both", {"x": [own["id"], clone["entityId"]]})
    draft = await integration(author, manifest={"members": [manifest_member(function)]})
    version = await published(author, draft["id"])
    assert set(version["memberEntityVersions"]) == {"both", "schema:shape", "schema:shape-2"}


async def test_a_guest_publishes_what_it_is_let_see(world: World):
    author, guest = await world.workspace("author"), await world.workspace("guest")
    schema = await entity(author, "schema", "shape")
    function = await entity(author, "function", "greet", {"in": schema["id"]})
    draft = await integration(author, manifest={"members": [manifest_member(function)]})
    path = f"/api/integrations/{draft['id']}/publish"
    await world.grant(draft["id"], guest.workspace_id, "editor", author.workspace_id)
    await world.grant(function["id"], guest.workspace_id, "viewer", author.workspace_id)
    # the schema behind it is out of sight
    hidden = await guest.post(path, {"version": "1.0.0"})
    assert hidden.problems == {("/manifest/members/0/entityId", "unresolved-reference")}
    assert "is not there" in hidden.json["errors"][0]["detail"]
    await world.grant(schema["id"], guest.workspace_id, "viewer", author.workspace_id)
    assert (await guest.post(path, {"version": "1.0.0"})).status == 201


async def test_a_version_is_read_by_who_may_and_by_nobody_else(world: World):
    author, user, other = [await world.workspace(slug) for slug in ("author", "user", "other")]
    draft = await integration(author)
    version = await published(author, draft["id"])
    path = f"/api/integration-versions/{version['id']}"
    assert (await user.get(path)).status == 404
    await world.grant(draft["id"], user.workspace_id, "viewer", author.workspace_id)
    assert (await user.get(path)).json == version
    assert (await other.get(path)).status == 404
    browser = await world.key(user.workspace_id, "viewer", kind="publishable")
    # for a key that sits in browsers a grant opens nothing
    assert (await browser.get(path)).status == 404
    await author.delete(f"/api/integrations/{draft['id']}")
    assert (await user.get(path)).status == 404
    assert (await author.get(path)).status == 200


async def test_a_definition_may_be_no_larger_than_is_set(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        author = await world.workspace("author")
        large = await entity(author, "function", "large", {"text": "x" * 2000})
        draft = await integration(author, manifest={"members": [manifest_member(large)]})
    async with running(database_url, app_role, max_definition=1024) as world:
        other = await world.workspace("other")
        body = {"workspaceId": other.workspace_id, "kind": "function", "slug": "f", "name": "f"}
        reply = await other.post("/api/entities", {**body, "definition": {"text": "x" * 1014}})
        assert (reply.status, reply.problems) == (400, {("/definition", "definition-too-large")})
        made = await other.post("/api/entities", {**body, "definition": {"text": "x" * 1013}})
        assert made.status == 201
        reply = await other.patch(f"/api/entities/{made.json['id']}", {"definition": {"text": "y" * 1014}})
        assert (reply.status, reply.problems) == (400, {("/definition", "definition-too-large")})
        author = await world.key(author.workspace_id)
        reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
        assert (reply.status, reply.problems) == (400, {("/manifest/members/0/entityId", "definition-too-large")})


async def test_the_text_of_a_kept_clone_stays_text_when_its_install_is_purged(world: World):
    definition = {"a": "${variables.x}", "b": "$${y} ${z}"}
    author, user, third = [await world.workspace(slug) for slug in ("author", "user", "third")]
    made = await entity(author, "function", "f", {"v": 1})
    offer = await offered(author, "offer", [manifest_member(made, required=True, forkOnInstall=True)])
    install = await installed(user, offer["id"])
    clone = (await members_of(user, install))["f"]["entityId"]
    assert (await user.patch(f"/api/entities/{clone}", {"definition": definition})).status == 200
    member = {"slug": "g", "entityId": clone, "kind": "function", "required": True}
    draft = await integration(user, "again", manifest={"members": [member]}, **properties(x={"default": "FILLED"}))
    await published(user, draft["id"], "1.0.0")
    path = f"/api/integration-installs/{install['id']}"
    assert (await user.delete(path)).status == 200
    assert (await user.delete(f"{path}/purge")).status == 200
    await published(user, draft["id"], "1.1.0")
    await unlisted(user, draft["id"])
    member = (await members_of(third, await installed(third, draft["id"])))["g"]
    assert await definition_of(third, member) == definition
