"""The values of a text are counted before it is read."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid
from graft.jsontext import StrictReader, holds_more

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(r' ,[]{}":\\a', max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(r' ,[]{}":\\a', max_size=4), inner, max_size=5),
    max_leaves=40,
)


def count(tree: Any) -> int:
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + sum(map(count, children))


@given(JSON, st.sampled_from([None, 1]), st.sampled_from([(",", ":"), (" , ", "\t:\n")]))
@settings(max_examples=100)
def test_the_count_is_that_of_the_tree_whatever_stands_in_texts(
    tree: Any, indent: int | None, separators: tuple[str, str]
):
    text = json.dumps(tree, indent=indent, separators=separators)
    assert not holds_more(text, count(tree))
    assert holds_more(text, count(tree) - 1) or count(tree) == 1


@pytest.mark.parametrize("value", ["1", "[]", "{}", '""', "null", '"a,[{"', '{"k": 1}'])
def test_a_reader_refuses_one_value_more_than_its_bound_and_no_fewer(value: str):
    of_one = 2 if "k" in value else 1
    text = "[" + ", ".join([value] * 100) + "]"
    assert StrictReader(values=1 + 100 * of_one).read(text)
    with pytest.raises(Invalid) as caught:
        StrictReader(values=100 * of_one).read(text)
    assert [(found.pointer, found.code) for found in caught.value.problems] == [("", "too-many-values")]


def test_who_reads_may_set_another_bound():
    reader = StrictReader(values=10)
    assert len(reader.read("[" + ",".join("1" * 50) + "]", values=51)) == 50
    with pytest.raises(Invalid):
        reader.read("[" + ",".join("1" * 50) + "]")
