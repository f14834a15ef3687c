"""The cases with their answers that every merge of this kind must give."""

from pathlib import Path
from typing import Any

import pytest

from graft import jsontext
from graft.merge import ABSENT, Conflict, ListRule, compile_lists, merge

_CASES = jsontext.decode(Path(__file__).with_name("vectors.json").read_bytes())["cases"]


def _rule(declared: Any) -> ListRule:
    if isinstance(declared, str):
        return ListRule(set=declared == "set", aligned=declared == "aligned")
    return ListRule(tuple(declared["key"]), ordered=declared.get("ordered", False))


def _shown(conflict: Conflict) -> dict[str, Any]:
    sides = {"base": conflict.base, "current": conflict.current, "target": conflict.target}
    present = {name: side for name, side in sides.items() if side is not ABSENT}
    return {"pointer": conflict.pointer, "kind": conflict.kind} | present


@pytest.mark.parametrize("case", _CASES, ids=[case["name"] for case in _CASES])
def test_a_case_has_its_answer(case: dict[str, Any]):
    lists = compile_lists({pointer: _rule(declared) for pointer, declared in case["lists"].items()})
    merged = merge(case["base"], case["current"], case["target"], lists)
    if "conflicts" in case:
        assert jsontext.canonical([*map(_shown, merged.conflicts)]) == jsontext.canonical(case["conflicts"])
    else:
        assert merged.conflicts == []
        assert jsontext.canonical(merged.value) == jsontext.canonical(case["value"])
