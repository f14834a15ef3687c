"""Cycles are found exactly where a graph has some, however long."""

from graphlib import CycleError, TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest.cycles import find_cycles


def has_cycle(edges) -> bool:
    try:
        TopologicalSorter(
            {node: [target for target in targets if target in edges] for node, targets in edges.items()}
        ).prepare()
    except CycleError:
        return True
    return False


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ({}, []),
        ({"a": ["b"], "b": []}, []),
        ({"a": ["a"]}, [["a"]]),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"a": ["b", "b"], "b": ["a", "a"]}, [["a", "b"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, [["b", "c"]]),
        ({"a": ["b", "c"], "b": ["a"], "c": ["a"]}, [["a", "b"], ["a", "c"]]),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["nowhere"]}, []),
    ],
)
def test_each_cycle_is_told_once(edges, cycles):
    assert find_cycles(edges) == cycles


graphs = st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefgh"), max_size=4))


@given(graphs)
@settings(max_examples=400, deadline=None)
def test_cycles_are_real_distinct_and_missed_nowhere(edges):
    cycles = find_cycles(edges)
    assert bool(cycles) == has_cycle(edges)
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle)
        assert all(after in edges[node] for node, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    assert len({tuple(cycle) for cycle in cycles}) == len(cycles)


def test_a_chain_of_100_000_ends_in_one_cycle():
    edges = {str(place): [str((place + 1) % 100_000)] for place in range(100_000)}
    assert [len(cycle) for cycle in find_cycles(edges)] == [100_000]


def test_what_is_told_is_bounded():
    nodes = [str(place) for place in range(60)]
    assert len(find_cycles(dict.fromkeys(nodes, nodes))) == 100
