"""The version id of a text that no row holds: equal where it reads the same, and another where it reads otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft import ids, jsontext
from graft.definitions.version_id import rendered_version_id
from graft.ids import Id

ENTITY, OTHER, A, B = (Id(ids.encode(bytes([number]) * 16)) for number in (1, 2, 3, 4))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="ab1", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


def version_id(
    entity_id: Id = ENTITY,
    template_id: int = 7,
    variables: Mapping[str, Any] | None = None,
    members: Mapping[str, Id] | None = None,
    *,
    asks: Sequence[str] = ("x", "y"),
    names: Sequence[str] = ("f", "g"),
) -> Id:
    variables = {"x": 1, "y": "text"} if variables is None else variables
    members = {"f": A, "g": B} if members is None else members
    return rendered_version_id(entity_id, template_id, variables, asks, members, names)


@pytest.mark.parametrize(
    "same",
    [
        {"variables": {"y": "text", "x": 1}},
        {"variables": {"x": 1, "y": "text", "never asked for": 2}},
        {"members": {"g": B, "f": A}},
        {"members": {"f": A, "g": B, "never named": OTHER}},
    ],
)
def test_what_reads_the_same_has_the_same_id(same: dict[str, Any]):
    assert version_id(**same) == version_id()


def test_a_variable_without_a_value_reads_as_null():
    assert version_id(variables={"y": "text"}) == version_id(variables={"x": None, "y": "text"})


@pytest.mark.parametrize(
    "other",
    [
        {"entity_id": OTHER},
        {"template_id": 8},
        {"variables": {"x": 2, "y": "text"}},
        {"variables": {"x": "1", "y": "text"}},
        # to Python these are equal to 1, but not as texts
        {"variables": {"x": 1.0, "y": "text"}},
        {"variables": {"x": True, "y": "text"}},
        {"variables": {"x": None, "y": "text"}},
        {"variables": {"x": "text", "y": 1}},
        {"members": {"f": B, "g": A}},
        {"members": {"f": A, "g": OTHER}},
        {"members": {"f": A}},
    ],
)
def test_what_reads_otherwise_has_another_id(other: dict[str, Any]):
    assert version_id(**other) != version_id()


def test_a_value_and_an_id_are_not_taken_for_each_other():
    as_value = version_id(variables={"x": A}, members={}, asks=["x"], names=[])
    as_member = version_id(variables={}, members={"x": A}, asks=[], names=["x"])
    assert as_value != as_member


@given(JSON, JSON)
def test_ids_are_equal_exactly_where_the_texts_of_the_values_are(one: Any, two: Any):
    equal = version_id(variables={"x": one}) == version_id(variables={"x": two})
    assert equal == (jsontext.encode(one) == jsontext.encode(two))


def test_it_is_a_uuid_of_the_version_for_own_schemes():
    raw = ids.decode(version_id())
    assert (raw[6] >> 4, raw[8] >> 6) == (8, 0b10)
