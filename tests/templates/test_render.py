"""A definition that would be too large is not built; it can be read with its variables open."""

import pytest

from graft import ids, jsontext
from graft.ids import Id
from graft.templates import Prefixes, RenderedTooLarge, abstract, render, render_open, split

PREFIXES = Prefixes.of(["sch"])
ID = ids.encode(bytes([7]) * 16)
TREE = {"whole": "${variables.x}", "in": "a ${variables.x} b", "ref": f"sch_{ID}", "text": "$${variables.x}"}


def _template(tree: object) -> bytes:
    return abstract(jsontext.encode(tree), {Id(ID): "a"}, PREFIXES).body


@pytest.mark.parametrize("value", ["", "text", 7, None, {"deep": [1, "two"]}])
def test_the_limit_is_met_to_the_byte(value: object):
    parts = split(_template(TREE))
    whole = render(parts, {"x": value}, {"a": ID})
    assert render(parts, {"x": value}, {"a": ID}, len(whole)) == whole
    with pytest.raises(RenderedTooLarge):
        render(parts, {"x": value}, {"a": ID}, len(whole) - 1)


def test_what_would_have_gigabytes_is_refused_before_it_is_built():
    parts = split(_template(["${variables.x}"] * 50_000))
    with pytest.raises(RenderedTooLarge):
        render(parts, {"x": "x" * 1_000_000}, {})


def test_open_variables_read_as_they_were_written():
    opened = render_open(split(_template(TREE)), {"a": ID})
    assert jsontext.decode(opened) == {**TREE, "text": "${variables.x}"}


def test_a_template_of_many_holes_keeps_one_of_each():
    parts = split(_template(["${variables.x}", "${variables.x} and ${variables.y}"] * 1_000))
    assert len({id(part) for part in parts.parts if not isinstance(part, bytes)}) == len(parts.holes) == 3
