"""`uniqueItems` by JSON Schema's equality, in linear time."""

import time
from decimal import Decimal

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest.unique_items import has_repeats

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("items", "repeats"),
    [
        ([], False),
        ([1, 2, "1", True, None, [1], {"a": 1}], False),
        ([1, Decimal("1.0")], True),
        ([0, Decimal("-0.00")], True),
        ([1, True], False),
        ([0, False], False),
        ([100, Decimal("1E+2")], True),
        ([-1, 1], False),
        ([10**30, 10**30 + 1], False),
        ([Decimal("0.1"), Decimal("0.10000000000000000000000000000000000001")], False),
        ([{"a": 1, "b": [2]}, {"b": [Decimal("2.0")], "a": 1}], True),
        ([[1, 2], [2, 1]], False),
        ([{}, []], False),
        (["", None], False),
        (["1e0", 1], False),
    ],
)
def test_equal_items_are_repeats(items, repeats):
    assert has_repeats(items) is repeats


scalars = st.sampled_from([0, 1, -1, 10, True, False, None, "", "1", Decimal("1.0"), Decimal("0.5"), Decimal("1E+1")])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


@given(st.lists(values, max_size=5))
@settings(max_examples=500, deadline=None)
def test_it_agrees_with_the_keyword_of_the_engine(items):
    assert has_repeats(items) is not jsonschema_rs.Draft202012Validator({"uniqueItems": True}).is_valid(items)


@pytest.mark.parametrize(
    "items",
    [
        [10**300 + place for place in range(5_000)],
        [(2**61 - 1) * (10**20 + place) for place in range(20_000)],  # equal hashes as Python numbers
        [Decimal(f"1.{'0' * place}1") for place in range(900)],
        [{"a": [2**64 + place]} for place in range(5_000)],
    ],
)
def test_numbers_made_to_collide_take_no_longer(items):
    started = time.process_time()
    assert not has_repeats(items)
    assert time.process_time() - started < 1
