"""Which strings are placeholders, which were meant as one and are none, and which are text."""

import pytest

from graft import jsontext
from graft.templates import Places, malformed_placeholders, render, split, whole_placeholders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${variables.x}", []),
        ("a ${variables._x1} b ${variables.y}", []),
        ("$${variables.}", []),
        ("$${ variables.x }", []),
        ("${HOME}", []),
        ("${{ secrets.X }}", []),
        ("${variablesOfMine.x}", []),
        ("${variables_x}", []),
        ("${members.fun:a}", []),
        ("{variables.x", []),
        ("${variables.}", ["${variables.}"]),
        ("${variables}", ["${variables}"]),
        ("${ variables.x }", ["${ variables.x }"]),
        ("${\t\nvariables.x}", ["${\t\nvariables.x}"]),
        ("${\u00a0variables.x}", ["${\u00a0variables.x}"]),
        ("${variables.a.b}", ["${variables.a.b}"]),
        ("${variables.x-y}", ["${variables.x-y}"]),
        ("${variables.1}", ["${variables.1}"]),
        ("${variables.x", ["${variables.x"]),
        ("${variables.x }", ["${variables.x }"]),
        ("${variables['x']}", ["${variables['x']}"]),
        ("ok ${variables.x} then ${variables.} and $${variables.}", ["${variables.}"]),
        ("$$${variables.}", []),
        ("${${variables.}", ["${variables.}"]),
    ],
)
def test_a_string_that_was_meant_as_a_placeholder_is_one_or_is_told(text: str, found: list[str]):
    definition = jsontext.encode({"a": [text], text: 1})
    assert list(malformed_placeholders(definition)) == [("/a/0", one) for one in found]
    assert list(malformed_placeholders(jsontext.encode({"default": text}))) == []


def test_whole_placeholders_are_found_outside_data():
    tree = {"a": "${variables.x}", "b": ["x ${variables.x}", "${variables.y}"], "default": "${variables.z}", "c": "$"}
    found = [(one.text.shown, one.variable) for one in whole_placeholders(tree, Places())]
    assert found == [("/a", "x"), ("/b/1", "y")]


def test_a_text_of_beginnings_is_read_to_its_end():
    """A form that went over the rest of the text at each beginning would take hours here."""
    text = jsontext.encode({"a": "${" * 250_000, "b": "${ " * 250_000 + "variables", "c": "$" * 500_000})
    assert list(malformed_placeholders(text)) == [("/b", "${ variables")]


QUOTE = jsontext.encode({"a": '"x-' * 300_000, "default": 1})


def test_a_text_full_of_escaped_quotes_is_searched_for_data_keys_in_one_go():
    assert Places().may_be_in(QUOTE)
    assert not Places().may_be_in(QUOTE.replace(b"default", b"other"))
    assert Places(("y-*",)).may_be_in(QUOTE.replace(b"default", b"y-a"))


@pytest.mark.parametrize("text", ["$${", "$${variables.x}", '"$${', "${", "\\${variables.x"])
def test_a_text_full_of_marks_is_cut_in_one_go(text: str):
    body = jsontext.encode({"a": text * 200_000})
    parts = split(body).parts
    assert len(parts) == 1
    assert jsontext.decode(render(split(body), {}, {})) == {"a": text.replace("$${", "${") * 200_000}
