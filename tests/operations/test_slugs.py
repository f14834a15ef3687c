"""The slugs of members that stand aside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft.operations.slugs import free_slug, home_slug, is_closure

OWN = st.from_regex(r"(schema:)?[a-z0-9][a-z0-9._-]{0,5}", fullmatch=True)


@pytest.mark.parametrize(
    ("slug", "taken", "free"),
    [
        ("a", [], "a"),
        ("a", ["b"], "a"),
        ("a", ["a"], "a~schema"),
        ("a", ["a", "a~schema"], "a~schema~"),
        ("a", ["a", "a~schema", "a~schema~"], "a~schema~~"),
        ("a~schema", ["a"], "a~schema"),
        ("a~function", ["a~function"], "a~schema"),
        ("schema:a", ["schema:a"], "schema:a~schema"),
    ],
)
def test_a_slug_that_is_taken_is_left_for_one_beside_it(slug: str, taken: list[str], free: str):
    assert free_slug(slug, "schema", taken) == free


@given(slug=OWN, rounds=st.integers(0, 5))
def test_rows_that_step_aside_again_and_again_never_meet_and_find_home(slug: str, rounds: int):
    taken = {slug}
    for _ in range(rounds):
        aside = free_slug(slug, "function", taken)
        assert aside not in taken
        assert home_slug(aside) == slug
        assert is_closure(aside) == is_closure(slug)
        taken.add(aside)


@pytest.mark.parametrize(
    ("slug", "closure"), [("a", False), ("schema", False), ("schema:a", True), ("schema:a-2~schema", True)]
)
def test_a_schema_of_the_closure_is_known_by_its_slug(slug: str, closure: bool):
    assert is_closure(slug) == closure
