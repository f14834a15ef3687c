"""How large and deep a template reads is known before it is filled in, and numbers in a text are written plainly."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import ids, jsontext
from graft.ids import Id
from graft.jsontext import nests_deeper
from graft.templates import Measure, Prefixes, VariableValue, abstract, measure_template, render, rendered_size, split

PREFIXES = Prefixes.of(["fun", "sch"])
ID = ids.encode(bytes([7]) * 16)
SLUGS = {Id(ID): "schema:a.b"}
NAMES = ["x", "y", "_1"]
TEXTS = st.sampled_from(
    [
        f"sch_{ID}",
        "${variables.x}",
        "a ${variables.x}${variables.y}",
        "${variables._1}",
        "$${variables.x}",
        'q"\\é\n',
        "",
    ]
)
KEYS = st.sampled_from(["a", "b", "default", "properties", "${variables.x}"])
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        TEXTS | st.sampled_from([1, Decimal("1.50"), None]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)
VALUES = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        st.text(max_size=5) | st.sampled_from([None, True, 2**70, -1, Decimal("1E+6"), Decimal("1E-7"), Decimal("1.0")]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    ),
)  # fmt: skip


@settings(max_examples=300)
@given(TREES, VALUES)
def test_the_size_that_is_told_is_the_size_that_is_rendered(tree: Any, variables: dict[str, Any]):
    template = abstract(jsontext.encode(tree), SLUGS, PREFIXES)
    values = {name: VariableValue(value) for name, value in variables.items()}
    rendered = render(split(template.body), variables, {"schema:a.b": ID})
    assert rendered_size(template.measure, values) == len(rendered)
    assert measure_template(template.body, split(template.body)) == template.measure


@settings(max_examples=200)
@given(TREES, VALUES, st.integers(1, 8))
def test_what_nests_deeper_by_a_variable_is_told(tree: Any, variables: dict[str, Any], limit: int):
    template = abstract(jsontext.encode(tree), SLUGS, PREFIXES)
    rendered = jsontext.decode(render(split(template.body), variables, {"schema:a.b": ID}))
    plain = jsontext.decode(render(split(template.body), {}, {"schema:a.b": ID}))
    told = any(
        use.whole and use.depth + VariableValue(variables.get(name)).depth > limit for name, use in template.measure.uses.items()
    )  # fmt: skip
    assert (told or nests_deeper(plain, limit)) is nests_deeper(rendered, limit)


def test_a_measure_comes_back_from_its_numbers():
    definition = {"a": ["${variables.x}", {"b": "${variables.y} ${variables.x}"}], "c": "${variables.x}"}
    measure = abstract(jsontext.encode(definition), {}, PREFIXES).measure
    assert measure.uses == {"x": (2, 1, 2), "y": (0, 1, 0)}
    assert Measure.stored(measure.size, list(measure.uses), measure.numbers) == measure


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+6", "1000000"),
        ("1E-7", "0.0000001"),
        ("1000000.10", "1000000.10"),
        ("-1.5E+3", "-1500"),
        ("0E+3", "0"),
        ("1.0", "1.0"),
        ("0.0", "0.0"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        ("1E+999999", "1E+999999"),
        ("1E-999999", "1E-999999"),
    ],
)
def test_a_number_inside_a_text_is_written_plainly_within_bounds(number: str, text: str):
    parts = split(jsontext.encode({"t": "n=${variables.n}", "w": "${variables.n}"}))
    assert render(parts, {"n": Decimal(number)}, {}) == f'{{"t":"n={text}","w":{number}}}'.encode()
