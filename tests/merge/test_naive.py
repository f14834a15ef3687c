"""The merge does what a naive one over flattened documents does, which shares no code with it."""

import pytest

from graft.merge import merge
from tests.merge.naive import flat, naive_merge, whole_places
from tests.merge.random_documents import LISTS, Maker, law

pytestmark = pytest.mark.slow


@law
def test_a_merge_is_the_naive_one(maker: Maker):
    sides = maker.triple()
    merged = merge(*sides, LISTS)
    expected, conflicts = naive_merge(*sides)
    assert {(conflict.pointer, conflict.kind) for conflict in merged.conflicts} == conflicts
    assert flat(merged.value, (), whole_places(sides)) == expected
