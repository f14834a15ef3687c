"""Three-way merge of JSON documents, by what their lists mean.

    lists = compile_lists({"/parameters": ListRule(key=("in", "name")), "**/required": ListRule(set=True)})
    merged = merge(base, current, target, lists, held=["/description"])
    for conflict in merged.conflicts: …
    merged = merge(base, current, target, lists, resolutions={"/summary": "mine", "/tags": Value(["a"])})

Values are JSON as `graft.jsontext` reads it, shared between the sides and the result and never changed. A side that
is not there is `ABSENT`, which is not `null`. Pointers are those of the keyed view, in which an item of a `key` list
goes by its key: `/parameters/query/limit/schema`.

A module each: `three_way` (the merge), `items` and `order` (lists), `held`, `lists` (declarations), `view` (pointers),
`compare` (diff, and a merge field by field), `twice` (lists with an item twice), `equal`, `words` (proposals),
`conflict`. Of Graft it imports `jsontext`.
"""

from graft.merge.compare import By, Difference, Field, diff, fields
from graft.merge.conflict import Conflict, Merged, Resolution, UnknownConflict, Value
from graft.merge.equal import ABSENT, alike, same
from graft.merge.lists import ListRule, Lists, ListsError, compile_lists
from graft.merge.three_way import merge
from graft.merge.twice import lists_with_twins
from graft.merge.view import NoSuchPlace, at, keyed, path_problem, put, without_inner

__all__ = [
    "ABSENT",
    "By",
    "Conflict",
    "Difference",
    "Field",
    "ListRule",
    "Lists",
    "ListsError",
    "Merged",
    "NoSuchPlace",
    "Resolution",
    "UnknownConflict",
    "Value",
    "alike",
    "at",
    "compile_lists",
    "diff",
    "fields",
    "keyed",
    "lists_with_twins",
    "merge",
    "path_problem",
    "put",
    "same",
    "without_inner",
]
