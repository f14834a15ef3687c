"""Lists that hold an item twice are found, and nothing else is."""

from typing import Any

import pytest

from graft.kinds.lists import list_problems
from graft.merge import ListRule, compile_lists

LISTS = compile_lists(
    {
        "/parameters": ListRule(key=("in", "name")),
        "/servers": ListRule(aligned=True),
        "**/enum": ListRule(set=True),
    }
)
PARAMETER = {"in": "query", "name": "limit"}


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"parameters": [PARAMETER, PARAMETER | {"in": "path"}], "enum": [1, "1", True, None]}, []),
        ({"parameters": [PARAMETER, PARAMETER | {"required": True}]}, ["/parameters"]),
        # an item without a key is nobody's twin
        ({"parameters": [{"in": "query"}, {"in": "query"}, 1, 1]}, []),
        ({"parameters": [1, PARAMETER, PARAMETER]}, ["/parameters"]),
        ({"enum": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, ["/enum"]),
        ({"servers": [{"enum": [1]}, {"enum": [1, 2, 1]}, {"enum": [1]}]}, ["/servers/1/enum"]),
        ({"parameters": [PARAMETER | {"schema": {"enum": ["a", "a"]}}]}, ["/parameters/query/limit/schema/enum"]),
        # no pointer leads into a list that is read as a whole
        ({"examples": [{"enum": [1, 1]}], "b": {"enum": [{"enum": [1, 1]}]}}, []),
        ({"b": {"enum": [2, 2]}, "a": {"enum": [1, 1]}}, ["/a/enum", "/b/enum"]),
        ({"enum": {"enum": "no list"}}, []),
    ],
)
def test_a_list_with_twins_is_told(tree: Any, found: list[str]):
    assert [(problem.pointer, problem.code) for problem in list_problems(tree, LISTS)] == [
        (pointer, "invalid-value") for pointer in found
    ]
