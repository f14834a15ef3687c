"""Whether two values are equal JSON, however they are written."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.jsontext import StrictReader, alike

READER = StrictReader()
NUMBERS = st.sampled_from([0, 1, -1, 10, 2**70, Decimal("1.0"), Decimal("1.50"), Decimal("1.5"), Decimal("1e1"), Decimal("-0.0"), Decimal("1e999")])  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


def told(value: Any) -> Any:
    """A form in which equal JSON is equal to Python, and no other: each value with the name of its type."""
    if isinstance(value, dict):
        return "object", {key: told(child) for key, child in value.items()}
    if isinstance(value, list):
        return "array", [told(child) for child in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return "number", Decimal(value).normalize() if value else Decimal(0)
    return type(value).__name__, value


@given(JSON, JSON)
@settings(max_examples=400)
def test_values_are_alike_if_they_are_equal_json(one: Any, other: Any):
    assert alike(one, other) == (told(one) == told(other))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("[1, 1.0, 10e-1]", "[1.0, 1e0, 1]", True),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', True),
        ("[true, 1]", "[1, 1]", False),
        ('{"a": [false, 0.0]}', '{"a": [0, 0]}', False),
        ("[0, -0, -0.0]", "[0, 0, 0]", True),
        ("[1e999]", "[1" + "0" * 999 + "]", True),
        ("[1e999, 1]", "[1e999, 2]", False),
        ("[" + "9" * 900 + ".1]", "[" + "9" * 900 + ".10]", True),
        ("[" + "9" * 900 + ".1]", "[" + "9" * 900 + ".2]", False),
        ('["1"]', "[1]", False),
        ("[]", "{}", False),
        ("null", "false", False),
    ],
)
def test_numbers_count_by_value_and_booleans_are_none(one: str, other: str, expected: bool):
    assert alike(READER.read(one), READER.read(other)) is expected
