"""How deep a tree nests, and where it does so first."""

from typing import Any

import pytest

from graft.jsontext import first_deeper, nests_deeper, pointer_to


@pytest.mark.parametrize(
    ("tree", "depth"),
    [(1, 0), ("[[]]", 0), ([], 1), ({"a": []}, 2), ([{}, [[1], {"a": 1}]], 3), ({"a": 1, "b": {}}, 2)],
)
def test_depth_counts_objects_and_arrays(tree: Any, depth: int):
    assert not nests_deeper(tree, depth)
    assert depth == 0 or nests_deeper(tree, depth - 1)


@pytest.mark.parametrize(
    ("tree", "limit", "place"),
    [
        ([], 0, ""),
        ({"a": 1, "b": [], "c": {}}, 1, "/b"),
        ({"a": [1, {"b": {}}], "c": [[[]]]}, 2, "/a/1"),
        ([[], [[[]]], [[]]], 2, "/1/0"),
    ],
)
def test_the_first_place_that_nests_deeper_is_found(tree: Any, limit: int, place: str):
    assert pointer_to(first_deeper(tree, limit)) == place


def test_no_depth_is_too_much_to_be_measured():
    tree: Any = []
    for _ in range(100_000):
        tree = [tree]
    assert nests_deeper(tree, 50_000)
    assert not nests_deeper(tree, 100_001)
    while tree:  # an end without recursion
        tree = tree.pop()
