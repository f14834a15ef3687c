"""Batches of bounded weight and number, in the order of their items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft.batches import batches


@pytest.mark.parametrize(
    ("weights", "limit", "most", "expected"),
    [
        ([], 5, None, []),
        ([1, 2, 2], 5, None, [[1, 2, 2]]),
        ([1, 2, 3], 5, None, [[1, 2], [3]]),
        ([9], 5, None, [[9]]),
        ([1, 9, 1], 5, None, [[1], [9], [1]]),
        ([5, 0, 1], 5, None, [[5, 0], [1]]),
        ([0, 0, 0], 5, 2, [[0, 0], [0]]),
        ([1, 1, 1], 5, 1, [[1], [1], [1]]),
    ],
)
def test_a_batch_is_full_by_weight_or_by_number(
    weights: list[int], limit: int, most: int | None, expected: list[list[int]]
):
    assert list(batches(weights, lambda weight: weight, limit, most)) == expected


@given(st.lists(st.integers(0, 9)), st.integers(1, 9), st.none() | st.integers(1, 4))
def test_nothing_is_lost_and_only_what_is_too_heavy_alone_exceeds_the_limit(
    weights: list[int], limit: int, most: int | None
):
    found = list(batches(weights, lambda weight: weight, limit, most))
    assert [weight for batch in found for weight in batch] == weights
    for batch in found:
        assert 0 < len(batch) <= (most or len(batch))
        assert sum(batch) <= limit or len(batch) == 1
