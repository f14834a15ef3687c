"""What differs between two versions, and how much of a step each difference is: a table."""

from typing import Any

import pytest

from graft.manifest import manifest
from graft.version_members import VersionMember
from graft.versions.changes import changes, largest
from graft.versions.rows import Content
from tests.upgrades.built import member, reference

STRING, NEEDED = {"type": "string"}, {"type": "string", "minLength": 1}
A, B = member("a"), member("b", required=False, default_enabled=False)


def content(
    members: list[VersionMember] | None = None,
    variables: dict[str, Any] | None = None,
    auth: dict[str, Any] | None = None,
    *,
    required: list[str] | None = None,
    root: dict[str, Any] | None = None,
    **documents: Any,
) -> Content:
    members = [A] if members is None else members
    declared = [
        {"slug": one.slug, "entityId": f"fun_{at}", "kind": one.kind}
        for at, one in enumerate(members)
        if one.role == "member"
    ]
    schema = {"type": "object", "properties": variables or {}, "required": required or [], **(root or {})}
    return Content(members, manifest.parse({"members": declared, **documents}), schema, auth or {})


def _dependency(spec: str, **more: Any) -> dict[str, Any]:
    return {"dependencies": [{"integration": "a/b", "range": spec, **more}]}


OAUTH = {"type": "oauth2", "authorizeUrl": "https://a.example", "tokenUrl": "https://b.example"}
TABLE: dict[str, tuple[Content, Content, set[tuple[str, str, str, str | None]]]] = {
    "nothing": (content(), content(), set()),
    "a member is removed": (
        content([A, B]), content([A]), {("major", "member-removed", "/manifest/members", "b")},
    ),
    "a member is added": (content([A]), content([A, B]), {("minor", "member-added", "/manifest/members/1", "b")}),
    "another kind": (
        content([A]), content([member("a", kind="agent")]), {("major", "kind-changed", "/manifest/members/0", "a")},
    ),
    "a copy becomes a reference": (
        content([A]), content([reference("a")]), {("major", "fork-changed", "/manifest/members/0", "a")},
    ),
    "a reference to another entity": (
        content([reference("a")]), content([reference("a", of="z", name="a")]),
        {("major", "entity-changed", "/manifest/members/0", "a")},
    ),
    "a copy of another entity with the same text": (content([A]), content([member("a", of="z", name="a")]), set()),
    "another slug": (
        content([A]), content([member("x", of="a", name="a")]), {("major", "slug-changed", "/manifest/members/0", "x")},
    ),
    "another text": (content([A]), content([member("a", 2)]), {("patch", "text-changed", "/manifest/members/0", "a")}),
    "another name": (
        content([A]), content([member("a", name="New")]), {("patch", "text-changed", "/manifest/members/0", "a")},
    ),
    "it becomes required": (
        content([B]), content([member("b", default_enabled=False)]),
        {("minor", "member-required", "/manifest/members/0", "b")},
    ),
    "it is enabled": (
        content([B]), content([member("b", required=False)]), {("minor", "member-enabled", "/manifest/members/0", "b")},
    ),
    "it is required no more": (
        content([A]), content([member("a", required=False)]), {("patch", "member-loosened", "/manifest/members/0", "a")},
    ),
    "it brings more": (
        content([A, B]), content([member("a", depends_on=["b"]), B]),
        {("minor", "depends-on-more", "/manifest/members/0", "a")},
    ),
    "a schema comes and another goes": (
        content([A, member("schema:x")]), content([A, member("schema:y")]),
        {("patch", "schema-added", "/manifest/members", "schema:y"),
         ("patch", "schema-removed", "/manifest/members", "schema:x")},
    ),
    "a schema has another slug": (
        content([A, member("schema:x")]), content([A, member("schema:y", of="schema:x", name="schema:x")]), set(),
    ),
    "a permission more, another less": (
        content(permissions=["read", "old"]), content(permissions=["read", "write"]),
        {("major", "permission-added", "/manifest/permissions", "write"),
         ("patch", "permission-removed", "/manifest/permissions", "old")},
    ),
    "a dependency": (
        content(), content(**_dependency("^1.0.0")), {("major", "dependency-added", "/manifest/dependencies/0", "a/b")},
    ),
    "an optional dependency": (
        content(), content(**_dependency("^1.0.0", optional=True)),
        {("minor", "dependency-offered", "/manifest/dependencies/0", "a/b")},
    ),
    "it is not optional any more": (
        content(**_dependency("^1.0.0", optional=True)), content(**_dependency("^1.0.0")),
        {("major", "dependency-added", "/manifest/dependencies/0", "a/b")},
    ),
    "it becomes optional": (
        content(**_dependency("^1.0.0")), content(**_dependency("^1.0.0", optional=True)),
        {("patch", "dependency-loosened", "/manifest/dependencies/0", "a/b")},
    ),
    "another major of it": (
        content(**_dependency("^1.0.0")), content(**_dependency("^2.0.0")),
        {("major", "dependency-raised", "/manifest/dependencies/0", "a/b")},
    ),
    "a newer minor of it": (
        content(**_dependency("^1.0.0")), content(**_dependency("^1.4.0")),
        {("minor", "dependency-narrowed", "/manifest/dependencies/0", "a/b")},
    ),
    "one more major of it": (
        content(**_dependency("^1.0.0")), content(**_dependency("^1.0.0 || ^2.0.0")),
        {("patch", "dependency-loosened", "/manifest/dependencies/0", "a/b")},
    ),
    "none any more": (
        content(**_dependency("^1.0.0")), content(),
        {("patch", "dependency-removed", "/manifest/dependencies", "a/b")},
    ),
    "one install a workspace": (
        content(allowMultipleInstalls=True), content(),
        {("major", "single-install", "/manifest/allowMultipleInstalls", None)},
    ),
    "several installs a workspace": (
        content(), content(allowMultipleInstalls=True),
        {("minor", "multiple-installs", "/manifest/allowMultipleInstalls", None)},
    ),
    "another policy": (
        content(), content(defaults={"memberPolicy": "manual"}),
        {("minor", "policy-changed", "/manifest/defaults/memberPolicy", None)},
    ),
    "a variable that has to be given": (
        content(), content(variables={"v": STRING}, required=["v"]),
        {("major", "variable-needed", "/variablesSchema/properties/v", "v")},
    ),
    "a required variable with a default": (
        content(), content(variables={"v": STRING | {"default": "x"}}, required=["v"]),
        {("minor", "variable-added", "/variablesSchema/properties/v", "v")},
    ),
    "a required variable with a default of the manifest": (
        content(), content(variables={"v": STRING}, required=["v"], defaults={"variables": {"v": "x"}}),
        {("minor", "variable-added", "/variablesSchema/properties/v", "v")},
    ),
    "an optional variable": (
        content(), content(variables={"v": STRING}), {("minor", "variable-added", "/variablesSchema/properties/v", "v")},
    ),
    "an optional variable becomes required": (
        content(variables={"v": STRING}), content(variables={"v": STRING}, required=["v"]),
        {("major", "variable-needed", "/variablesSchema/properties/v", "v")},
    ),
    "a required variable loses its default": (
        content(variables={"v": STRING | {"default": "x"}}, required=["v"]),
        content(variables={"v": STRING}, required=["v"]),
        {("major", "variable-needed", "/variablesSchema/properties/v", "v")},
    ),
    "another default": (
        content(variables={"v": STRING | {"default": "x"}}), content(variables={"v": STRING | {"default": "y"}}),
        {("minor", "default-changed", "/variablesSchema/properties/v", "v")},
    ),
    "the same default at another place": (
        content(variables={"v": STRING | {"default": "x"}}),
        content(variables={"v": STRING}, defaults={"variables": {"v": "x"}}), set(),
    ),
    "a variable is gone": (
        content(variables={"v": STRING}), content(),
        {("major", "variable-removed", "/variablesSchema/properties", "v")},
    ),
    "a variable takes less": (
        content(variables={"v": STRING}), content(variables={"v": NEEDED}),
        {("major", "variable-narrowed", "/variablesSchema/properties/v", "v")},
    ),
    "a variable takes more": (
        content(variables={"v": NEEDED}), content(variables={"v": STRING}),
        {("minor", "variable-widened", "/variablesSchema/properties/v", "v")},
    ),
    "a variable is described": (
        content(variables={"v": STRING}), content(variables={"v": STRING | {"description": "What it is"}}),
        {("patch", "variable-described", "/variablesSchema/properties/v", "v")},
    ),
    "variables have to fit together": (
        content(variables={"v": STRING, "w": STRING}),
        content(variables={"v": STRING, "w": STRING}, root={"dependentRequired": {"v": ["w"]}}),
        {("major", "variables-narrowed", "/variablesSchema", None)},
    ),
    "credentials of another type": (
        content(), content(auth={"type": "api_key"}), {("major", "auth-type-changed", "/authConfig/type", None)},
    ),
    "no type and none are the same": (content(), content(auth={"type": "none"}), {
        ("minor", "auth-changed", "/authConfig", None)
    }),
    "a scope more": (
        content(auth=OAUTH), content(auth=OAUTH | {"scopes": ["read"]}),
        {("major", "scope-added", "/authConfig/scopes", None)},
    ),
    "a scope less": (
        content(auth=OAUTH | {"scopes": ["read"]}), content(auth=OAUTH), {("minor", "auth-changed", "/authConfig", None)},
    ),
    "another header": (
        content(auth={"type": "api_key"}), content(auth={"type": "api_key", "authHeaderName": "X-Key"}),
        {("minor", "auth-changed", "/authConfig", None)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_difference_is_told_with_its_step(name: str):
    before, after, expected = TABLE[name]
    found = [*changes(before, after)]
    assert {(one.step, one.change, one.pointer, one.about) for one in found} == expected
    assert len(found) == len(expected)
    assert all(one.detail.endswith(".") for one in found)


def test_a_schema_that_says_that_it_describes_an_object_says_nothing_new():
    plain = Content([A], content().manifest, {}, {})
    assert [*changes(plain, content())] == []
    assert [*changes(content(), plain)] == []


def test_together_they_are_as_much_as_the_largest():
    before, after = content([A, B]), content([member("a", 2), B, member("c")])
    assert largest([*changes(before, after)]) == "minor"
    assert largest([*changes(before, content([member("a", 2)]))]) == "major"
    assert largest([]) is None


def test_many_variables_are_compared_in_one_pass():
    names = {f"v{at}": {"$ref": "#/$defs/text"} for at in range(3_000)}
    root = {"$defs": {"text": STRING}}
    assert [*changes(content(variables=names, root=root), content(variables=names, root=root))] == []
