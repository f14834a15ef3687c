"""The manifest: types on write, everything else at publish, always all problems at once."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest.manifest import (
    Manifest,
    ManifestDefaults,
    ManifestDependency,
    ManifestMember,
    parse,
    publish_problems,
    type_problems,
)

KINDS = ("agent", "function", "schema")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def member(slug: Any = "one", **changes: Any) -> dict[str, Any]:
    return {"slug": slug, "entityId": f"fun_{slug}", "kind": "function", **changes}


def found(problems):
    return [(problem.pointer, problem.code) for problem in problems]


def publish(tree):
    assert list(type_problems(tree)) == []
    return found(publish_problems(parse(tree), KINDS))


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"members": []},
        {"members": [member()]},
        {"members": [member(required=True, defaultEnabled=False, forkOnInstall=True, dependsOn=["two"])]},
        {"dependencies": [{"integration": "a/b", "range": "^1", "optional": True}]},
        {"defaults": {}, "permissions": [], "allowMultipleInstalls": True},
        {"defaults": {"variables": {"anything": [None, {"at": "all"}]}, "memberPolicy": "not checked yet"}},
        {"x-note": {"deep": [1]}, "x-": None},
        {"members": [{"slug": "Not A Slug", "entityId": "", "kind": "?"}]},
    ],
)
def test_a_draft_may_be_unfinished(tree):
    assert list(type_problems(tree)) == []


@pytest.mark.parametrize(
    ("tree", "problems"),
    [
        (None, [("", "wrong-type")]),
        ([], [("", "wrong-type")]),
        ("{}", [("", "wrong-type")]),
        ({"member": []}, [("/member", "unknown-key")]),
        ({"X-note": 1}, [("/X-note", "unknown-key")]),
        ({"a/b~c": 1}, [("/a~1b~0c", "unknown-key")]),
        ({"members": None}, [("/members", "wrong-type")]),
        ({"members": {"0": member()}}, [("/members", "wrong-type")]),
        ({"members": [None]}, [("/members/0", "wrong-type")]),
        (
            {"members": [{}]},
            [
                ("/members/0/slug", "missing-key"),
                ("/members/0/entityId", "missing-key"),
                ("/members/0/kind", "missing-key"),
            ],
        ),
        ({"members": [member(), member(required=1)]}, [("/members/1/required", "wrong-type")]),
        ({"members": [member(required=None)]}, [("/members/0/required", "wrong-type")]),
        ({"members": [member(**{"x-note": 1})]}, [("/members/0/x-note", "unknown-key")]),
        ({"members": [member(dependsOn="two")]}, [("/members/0/dependsOn", "wrong-type")]),
        ({"members": [member(dependsOn=["two", 2])]}, [("/members/0/dependsOn/1", "wrong-type")]),
        ({"members": [member(slug="s" * 1_001, entityId="fun_x")]}, [("/members/0/slug", "too-long")]),
        ({"members": [member(slug=True)]}, [("/members/0/slug", "wrong-type")]),
        ({"dependencies": [{"integration": "a/b"}]}, [("/dependencies/0/range", "missing-key")]),
        ({"dependencies": [{}] * 1_001}, [("/dependencies", "too-many")]),
        ({"permissions": ["a"] * 1_001}, [("/permissions", "too-many")]),
        ({"permissions": [1]}, [("/permissions/0", "wrong-type")]),
        (
            {"defaults": {"variables": [], "policy": 1}},
            [("/defaults/variables", "wrong-type"), ("/defaults/policy", "unknown-key")],
        ),
        ({"allowMultipleInstalls": "yes"}, [("/allowMultipleInstalls", "wrong-type")]),
        (
            {"members": 1, "dependencies": 2, "permissions": 3, "nope": 4},
            [
                ("/members", "wrong-type"),
                ("/dependencies", "wrong-type"),
                ("/permissions", "wrong-type"),
                ("/nope", "unknown-key"),
            ],
        ),
    ],
)
def test_types_are_checked_on_write(tree, problems):
    assert found(type_problems(tree)) == problems


def test_the_number_of_members_is_bounded():
    assert found(type_problems({"members": [member()] * 3}, 2)) == [("/members", "too-many")]
    assert list(type_problems({"members": [member()] * 10_000})) == []


def test_what_is_free_has_64_kib_together():
    most: dict[str, Any] = {"x-a": "a" * 30_000, "x-b": {"b": "b" * (64 * 1024 - 30_000 - 26)}}
    assert list(type_problems(most)) == []
    for more in ({"x-a": most["x-a"] + "a"}, {"x-c": None}):
        assert found(type_problems(most | more)) == [("/x-b", "extensions-too-large")]
    assert list(type_problems({"defaults": {"variables": {"x-a": "a" * 100_000}}})) == []


def test_absent_flags_are_false_and_the_policy_is_auto_defaults():
    tree = {"members": [member()], "dependencies": [{"integration": "a/b", "range": "*"}], "x-note": 1}
    assert parse(tree) == Manifest(
        members=(ManifestMember(slug="one", entity_id="fun_one", kind="function"),),
        dependencies=(ManifestDependency("a/b", "*", False),),
    )
    assert parse({}).defaults == ManifestDefaults(variables={}, member_policy="auto_defaults")
    one = parse(tree).members[0]
    assert (one.required, one.default_enabled, one.fork_on_install, one.depends_on) == (False, False, False, ())


def test_everything_that_is_given_is_read():
    tree = {
        "members": [member(required=True, defaultEnabled=True, forkOnInstall=True, dependsOn=["one"])],
        "dependencies": [{"integration": "a/b", "range": "^1", "optional": True}],
        "defaults": {"variables": {"big": 10**40}, "memberPolicy": "manual"},
        "permissions": ["read"],
        "allowMultipleInstalls": True,
    }
    assert parse(tree) == Manifest(
        members=(ManifestMember("one", "fun_one", "function", True, True, True, ("one",)),),
        dependencies=(ManifestDependency("a/b", "^1", True),),
        defaults=ManifestDefaults({"big": 10**40}, "manual"),
        permissions=("read",),
        allow_multiple_installs=True,
    )


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"members": [member("a", dependsOn=["b"]), member("b", dependsOn=["c"]), member("c", kind="agent")]},
        {"members": [member("0a.b_c-d"), member("a" * 128)]},
        {
            "dependencies": [
                {"integration": "acme/crm", "range": ">=1 <2 || ^3.1"},
                {"integration": "acme/erp", "range": ""},
            ]
        },
        {"permissions": ["contacts:read", "x" * 200]},
        {"defaults": {"memberPolicy": "auto_all"}},
    ],
)
def test_a_sound_manifest_may_be_published(tree):
    assert publish(tree) == []


@pytest.mark.parametrize(
    ("tree", "problems"),
    [
        *[
            ({"members": [member(slug)]}, [("/members/0/slug", "malformed-slug")])
            for slug in ("", "A", "-a", ".a", "a b", "a/b", "a:b", "ä", "a\n", "a" * 129, "schema:one")
        ],
        (
            {"members": [member("a"), member("b"), member("a", entityId="fun_x"), member("a", entityId="fun_y")]},
            [("/members/2/slug", "duplicate"), ("/members/3/slug", "duplicate")],
        ),
        ({"members": [member("a"), member("b", entityId="fun_a")]}, [("/members/1/entityId", "duplicate")]),
        ({"members": [member(kind="Function")]}, [("/members/0/kind", "unknown-kind")]),
        (
            {"members": [member(dependsOn=["nobody", "one2"])]},
            [("/members/0/dependsOn/0", "unknown-member"), ("/members/0/dependsOn/1", "unknown-member")],
        ),
        ({"members": [member("a", dependsOn=["a"])]}, [("/members/0/dependsOn/0", "dependency-cycle")]),
        (
            {"members": [member("a", dependsOn=["b"]), member("b", dependsOn=["c", "a"]), member("c")]},
            [("/members/1/dependsOn/1", "dependency-cycle")],
        ),
        (
            {"dependencies": [{"integration": "a/b", "range": "^1"}, {"integration": "a/b", "range": "^2"}]},
            [("/dependencies/1/integration", "duplicate")],
        ),
        *[
            (
                {"dependencies": [{"integration": name, "range": "*"}]},
                [("/dependencies/0/integration", "malformed-integration")],
            )
            for name in ("", "a", "/b", "a/", "a/b/c", "A/b", "a/b ", "-a/b", "a/" + "b" * 64)
        ],
        ({"dependencies": [{"integration": "a/b", "range": "newest"}]}, [("/dependencies/0/range", "malformed-range")]),
        (
            {"dependencies": [{"integration": "a/b", "range": "1" * 300}]},
            [("/dependencies/0/range", "malformed-range")],
        ),
        *[
            ({"permissions": [permission]}, [("/permissions/0", "malformed-permission")])
            for permission in ("", "  ", "x" * 201, "a\nb", "a\x00")
        ],
        ({"permissions": ["a", "b", "a"]}, [("/permissions/2", "duplicate")]),
        ({"defaults": {"memberPolicy": "all"}}, [("/defaults/memberPolicy", "unknown-value")]),
        (
            {
                "members": [member("A", kind="?", dependsOn=["x"])],
                "dependencies": [{"integration": "a", "range": "b"}],
                "permissions": [""],
                "defaults": {"memberPolicy": ""},
            },
            [
                ("/members/0/slug", "malformed-slug"),
                ("/members/0/kind", "unknown-kind"),
                ("/members/0/dependsOn/0", "unknown-member"),
                ("/dependencies/0/integration", "malformed-integration"),
                ("/dependencies/0/range", "malformed-range"),
                ("/permissions/0", "malformed-permission"),
                ("/defaults/memberPolicy", "unknown-value"),
            ],
        ),
    ],
)
def test_publish_refuses_all_at_once(tree, problems):
    assert publish(tree) == problems


def test_a_cycle_is_printed():
    tree = {"members": [member("a", dependsOn=["b"]), member("b", dependsOn=["c"]), member("c", dependsOn=["a"])]}
    (problem,) = publish_problems(parse(tree), KINDS)
    assert "a → b → c → a" in problem.detail


def test_10_000_members_in_one_chain_are_checked_quickly_and_the_printed_cycle_is_short():
    chain = [member(f"m{place}", dependsOn=[f"m{(place + 1) % 10_000}"]) for place in range(10_000)]
    started = time.process_time()
    tree = {"members": chain}
    assert list(type_problems(tree)) == []
    (problem,) = publish_problems(parse(tree), KINDS)
    assert time.process_time() - started < 2
    assert problem.code == "dependency-cycle"
    assert problem.detail.count("→") == 40
    assert "(9,961 more)" in problem.detail


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_any_json_gets_problems_and_no_exception(tree):
    for candidate in (tree, {"members": [tree]}, {"members": tree, "dependencies": [tree], "defaults": tree}):
        if not list(type_problems(candidate)):
            list(publish_problems(parse(candidate), KINDS))
