"""Which members an install takes, and as what: by policy, by name, by what they need."""

from typing import Any

import pytest

from graft.installs.selection import needed, roots, select
from graft.version_members import VersionMember
from tests.upgrades.built import member, reference

OPTIONAL: dict[str, Any] = {"required": False, "default_enabled": False}
REQUIRED, DEFAULT, PLAIN = member("must"), member("usual", required=False), member("plain", **OPTIONAL)
VERSION = [REQUIRED, DEFAULT, PLAIN, member("schema:s")]


@pytest.mark.parametrize(
    ("policy", "selected", "expected"),
    [
        ("manual", None, {"must": "required"}),
        ("auto_defaults", None, {"must": "required", "usual": "default"}),
        ("auto_all", None, {"must": "required", "usual": "policy", "plain": "policy"}),
        ("auto_all", [], {"must": "required"}),
        ("manual", ["plain", "must"], {"must": "required", "plain": "selected"}),
    ],
)
def test_what_is_asked_for(policy: str, selected: list[str] | None, expected: dict[str, str]):
    assert roots(VERSION, policy, selected) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param([member("a", refs="b"), member("b")], {"b": "reference"}, id="what a text names"),
        pytest.param([member("a", depends_on=["b"]), member("b")], {"b": "dependency"}, id="what is declared"),
        pytest.param([member("a", refs="b", depends_on=["b"]), member("b")], {"b": "dependency"}, id="both"),
        pytest.param(
            [member("a", refs="b"), member("b", depends_on=["c"]), member("c")],
            {"b": "reference", "c": "dependency"}, id="and what that needs",
        ),
        pytest.param([member("a", refs="b"), member("b", refs="a")], {"b": "reference"}, id="in circles"),
        pytest.param([member("a"), member("b")], {}, id="nothing else"),
    ],
)  # fmt: skip
def test_what_a_member_needs_comes_with_it(version: list[VersionMember], expected: dict[str, str]):
    by_slug = {found.slug: found for found in version}
    assert needed(by_slug, {"a": "selected"}) == {"a": "selected", **expected}


def test_what_the_version_does_not_have_is_not_needed():
    assert needed({"a": member("a")}, {"gone": "kept"}) == {}


S, T = member("schema:s", refs="schema:t"), member("schema:t")


@pytest.mark.parametrize(
    ("version", "clones"),
    [
        pytest.param([member("a", refs="schema:s"), S, T], {"a", "schema:s", "schema:t"}, id="reached by a clone"),
        pytest.param([reference("a", refs="schema:s"), S, T], set[str](), id="by a reference"),
        pytest.param(
            [member("a", refs="schema:t"), reference("b", refs="schema:s"), S, T], {"a", "schema:t"}, id="by both"
        ),
        pytest.param(
            [member("a", refs="b"), reference("b", refs="schema:t"), T], {"a"}, id="by a reference that a clone names"
        ),
    ],
)
def test_a_closure_schema_is_a_clone_where_a_clone_reaches_it(version: list[VersionMember], clones: set[str]):
    chosen = select(version, {"a": "selected", "b": "selected"})
    assert {slug for slug, choice in chosen.items() if choice.clone} == clones
    assert list(chosen) == [found.slug for found in version]
