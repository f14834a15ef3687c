"""Laws of templates: what goes in comes out byte for byte, and what is filled in is what a walk over the tree fills in."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import ids, jsontext
from graft.ids import Id
from graft.templates import Prefixes, TemplateCache, abstract, reference_places, references, render, split

pytestmark = pytest.mark.slow

PREFIXES = Prefixes.of(["fun", "sch"])
TARGETS = [f"{prefix}_{ids.encode(bytes([at]) * 16)}" for at, prefix in enumerate(["fun", "sch", "sch"], 1)]
SLUGS = {Id(target[4:]): slug for target, slug in zip(TARGETS, ["greet", "schema:a", "schema:b.c-2"], strict=True)}
IDENTITY = {slug: entity_id for entity_id, slug in SLUGS.items()}
NAMES = ["x", "apiBase", "_1"]

# What a definition may say to lead a reader of text astray.
FRAGMENTS = [
    *TARGETS, "usr_" + TARGETS[0][4:], TARGETS[0][:-1], "fun_", *(f"${{variables.{name}}}" for name in NAMES),
    "${variables.}", "${variables.x", "${variables.1}", "${members.fun:greet}", "${members.sch:schema:a}", "${members.",
    "$${", "${", "$", "{", "}", '"', "\\", ":", ",", "[", "]", "\n", "é", "\u2028", "😀", "null",
]  # fmt: skip
# What no definition holds, whatever it is written by: U+0000 is refused, as lone surrogates are.
STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=2)
# An id is one of the targets: what a template may name is checked before it is made.
TEXTS = (
    st.lists(st.sampled_from(FRAGMENTS) | STORABLE, max_size=5)
    .map("".join)
    .filter(lambda text: text in TARGETS or not PREFIXES.whole.fullmatch(text))
)
SCALARS = TEXTS | st.sampled_from([None, True, 2**70, -1, Decimal("1.0"), Decimal("1E+5")])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
DEFINITIONS = st.dictionaries(TEXTS, TREES, max_size=4)
VARIABLES = st.dictionaries(st.sampled_from(NAMES), TREES)
LAWS = settings(max_examples=150)


def mapped(tree: Any, change: Any) -> Any:
    """The tree with each string that is no key changed."""
    if isinstance(tree, dict):
        return {key: mapped(value, change) for key, value in tree.items()}
    if isinstance(tree, list):
        return [mapped(value, change) for value in tree]
    return change(tree) if isinstance(tree, str) else tree


def filled(text: str, variables: dict[str, Any]) -> Any:
    """What a string of a definition reads as in an install, by the words of the specification."""
    whole = re.fullmatch(r"\$\{variables\.([A-Za-z_]\w*)\}", text, re.ASCII)
    if whole:
        return variables.get(whole[1])

    def part(found: re.Match[str]) -> str:
        if found[0] == "$${":
            return "${"
        value = variables.get(found[1])
        if isinstance(value, Decimal):
            return format(value, "f")
        return "" if value is None else value if isinstance(value, str) else jsontext.encode(value).decode()

    return re.sub(r"\$\$\{|\$\{variables\.([A-Za-z_]\w*)\}", part, text, flags=re.ASCII)


@LAWS
@given(DEFINITIONS, VARIABLES)
def test_what_a_clone_reads_as_comes_back_byte_for_byte_and_nothing_in_it_is_filled(definition: Any, variables: Any):
    text = jsontext.encode(definition)
    template = abstract(text, SLUGS, PREFIXES, literal=True)
    assert template.variables == ()
    assert render(split(template.body), variables, IDENTITY) == text


@LAWS
@given(DEFINITIONS)
def test_a_definition_comes_back_byte_for_byte_but_for_its_escapes(definition: Any):
    template = abstract(jsontext.encode(definition), SLUGS, PREFIXES)
    same = {name: f"${{variables.{name}}}" for name in template.variables}
    expected = mapped(definition, lambda text: text.replace("$${", "${"))
    assert render(split(template.body), same, IDENTITY) == jsontext.encode(expected)


@LAWS
@given(DEFINITIONS, VARIABLES)
def test_what_is_rendered_is_what_a_walk_over_the_tree_fills_in(definition: Any, variables: Any):
    template = abstract(jsontext.encode(definition), SLUGS, PREFIXES)
    expected = mapped(definition, lambda text: filled(text, variables))
    assert jsontext.decode(render(split(template.body), variables, IDENTITY)) == jsontext.decode(
        jsontext.encode(expected)
    )


@LAWS
@given(DEFINITIONS)
def test_the_references_in_the_text_are_those_of_the_tree(definition: Any):
    text = jsontext.encode(definition)
    walked = list(reference_places(definition, PREFIXES))
    assert references(text, PREFIXES) == list(dict.fromkeys(reference for _, reference in walked))
    assert abstract(text, SLUGS, PREFIXES).refs == tuple(dict.fromkeys(SLUGS[reference.id] for _, reference in walked))
    for place, reference in walked:
        assert at(definition, place.path) == f"{reference.prefix}_{reference.id}"


def at(tree: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path."""
    for part in path:
        tree = tree[part]
    return tree


@LAWS
@given(st.dictionaries(TEXTS, st.integers(), max_size=6), VARIABLES)
def test_keys_are_never_placeholders(definition: Any, variables: Any):
    template = abstract(jsontext.encode(definition), SLUGS, PREFIXES)
    assert (template.refs, template.variables) == ((), ())
    assert render(split(template.body), variables, IDENTITY) == jsontext.encode(definition)


@LAWS
@given(DEFINITIONS, VARIABLES, st.dictionaries(st.sampled_from([*IDENTITY]), st.just(TARGETS[0][4:])))
def test_any_text_renders_to_json_whatever_is_missing(body: Any, variables: Any, known: dict[str, str]):
    jsontext.decode(render(split(jsontext.encode(body)), variables, known))


@LAWS
@given(DEFINITIONS)
def test_equal_definitions_have_one_digest_whatever_the_order_of_their_keys(definition: Any):
    def turned(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: turned(value) for key, value in reversed(tree.items())}
        return [turned(value) for value in tree] if isinstance(tree, list) else tree

    one, other = (
        abstract(jsontext.encode(tree), SLUGS, PREFIXES, literal=True) for tree in (definition, turned(definition))
    )
    assert one.digest == other.digest


def test_the_cache_keeps_what_was_used_last_and_no_more_than_its_limit():
    cache = TemplateCache(limit=320)
    body = jsontext.encode({"text": "${variables.x}" + "." * 30})
    first = cache.parts(1, body)
    cache.parts(2, body)
    assert cache.parts(1, b"not read again") is first
    cache.parts(3, body)
    assert cache.parts(1, b"not read again") is first
    assert cache.parts(2, b'{"text":"another"}').parts == (b'{"text":"another"}',)
