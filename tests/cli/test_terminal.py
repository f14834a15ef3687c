"""What is shown in a terminal keeps to its width, obeys NO_COLOR, and lets no text of others steer it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from graft.cli.terminal import Mark, Piece, folded, harmless, painted, screen_of, table

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("environment", "terminal", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(environment: dict[str, str], terminal: bool, colour: bool):
    assert screen_of(environment, terminal=terminal).colour is colour


def test_the_width_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "132")
    assert screen_of({}, terminal=False).width == 132
    monkeypatch.setenv("COLUMNS", "3")
    assert screen_of({}, terminal=True).width == 40


def test_a_colour_changes_no_character():
    lines = [(Piece("mine  ", Mark.MINE), Piece("x", Mark.ALARM)), (), (Piece("  plain"),)]
    plain, coloured = painted(lines, colour=False), painted(lines, colour=True)
    assert plain == "mine  x\n\n  plain\n"
    assert "\x1b[33m" in coloured
    assert ESCAPE.sub("", coloured) == plain


@given(st.text())
def test_nothing_that_others_wrote_steers_a_terminal(text: str):
    shown = harmless(text)
    assert shown.isprintable()
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\u001b[31mb"),
        ("\x9b31m", "\\u009b31m"),
        ("abc\u202efed", "abc\\u202efed"),
        ("\U000e0001", "\\udb40\\udc01"),
        ("Größe 数 😀", "Größe 数 😀"),
    ],
)
def test_what_is_odd_is_escaped_and_what_is_written_stays(text: str, shown: str):
    assert harmless(text) == shown


@given(st.text(st.sampled_from("ab 数é"), max_size=80), st.integers(2, 30))
def test_a_text_is_folded_to_the_width_and_loses_only_blanks(text: str, width: int):
    lines = folded(text, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_table_folds_its_last_column_and_never_a_name():
    long = "schema:" + "x" * 40
    rows = [
        (Piece("short"), Piece("function"), Piece("one two three four five six seven eight nine ten")),
        (Piece(long), Piece("schema"), Piece("it")),
    ]
    lines = painted(table(rows, 60), colour=False).splitlines()
    assert lines == [
        "  short  function  one two three four five six seven eight",
        "                   nine ten",
        f"  {long}",
        "         schema    it",
    ]


def test_a_table_on_a_narrow_screen_has_its_last_column_below():
    rows = [(Piece("short"), Piece("a-long-word-in-the-middle"), Piece("one two")), (Piece("x"), Piece("y"), Piece(""))]
    assert painted(table(rows, 40), colour=False).splitlines() == [
        "  short  a-long-word-in-the-middle",
        "    one two",
        "  x      y",
    ]


def test_a_table_without_rows_is_nothing():
    assert list(table([], 80)) == []
