"""The values of a field: equal ones once, long ones by what tells them apart, what is left out counted."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from graft.cli.terminal import painted
from graft.cli.upgrades.values import Side, show_sides

SENTENCE = "The quick brown fox jumps over the lazy dog. "
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=30,
)


def shown(*sides: tuple[str, Any], width: int = 80) -> list[str]:
    """`...` stands for a field that is absent."""
    found = [Side(name, None if value is ... else json.dumps(value).encode()) for name, value in sides]
    return painted(show_sides(found, width), colour=False).splitlines()


def test_equal_values_are_shown_once_with_all_their_names():
    assert shown(("base", "a"), ("mine", "b"), ("theirs", ...), ("will be written", "b")) == [
        '    base                   "a"',
        '    mine, will be written  "b"',
        "    theirs                 (absent)",
    ]


def test_absent_null_and_an_empty_text_are_three_things():
    assert [line.split()[-1] for line in shown(("base", ...), ("mine", None), ("theirs", ""))] == [
        "(absent)",
        "null",
        '""',
    ]


def test_true_is_not_1_and_keys_have_no_order():
    assert len(shown(("base", True), ("mine", 1))) == 2
    assert len(shown(("base", {"a": 1, "b": 2}), ("mine", {"b": 2, "a": 1}))) == 1


def test_digits_stay_as_they_were_written():
    sides = [Side("base", b"1.50"), Side("mine", b"123456789012345678901234567890")]
    assert painted(show_sides(sides, 80), colour=False) == (
        "    base  1.50\n    mine  123456789012345678901234567890\n"
    )


def test_long_texts_begin_shortly_before_they_differ():
    base, mine = shown(("base", SENTENCE * 20 + "Old."), ("mine", SENTENCE * 20 + "New."), width=200)
    alike = "[866 characters alike] brown fox jumps over the lazy dog. "
    assert (base, mine) == (f'    base  {alike}Old."', f'    mine  {alike}New."')


def test_what_a_long_text_has_more_is_counted():
    lines = shown(("base", "x"), ("mine", "y" * 5_000))
    assert len(lines) == 14
    left = re.fullmatch(r" +… ([\d,]+) more characters; --json has all", lines[-1])
    assert left is not None
    assert int(left[1].replace(",", "")) == 5_002 - sum(line.count("y") + line.count('"') for line in lines[1:-1])


def test_large_values_are_shown_as_what_changed_in_them():
    before = {"parameters": [{"name": f"p{number}", "required": False} for number in range(40)]}
    after = {"parameters": [*before["parameters"][:39], {"name": "p39", "required": True}]}
    lines = shown(("base", before), ("mine", after))
    change = lines[next(at for at, line in enumerate(lines) if line.startswith("    mine")) :]
    assert [line.strip() for line in change] == [
        "mine    … 158 lines alike",
        "{",
        '"name": "p39",',
        '-       "required": false',
        '+       "required": true',
        "}",
        "]",
        "… 1 line alike",
    ]
    assert any(re.fullmatch(r" +… \d+ more lines; --json has all", line) for line in lines)


def test_a_text_of_several_lines_is_shown_by_lines():
    lines = shown(("base", "one\ntwo\nthree" * 9), ("mine", "one\n2\nthree" + "one\ntwo\nthree" * 8))
    assert any(line.endswith("- two") for line in lines)
    assert any(line.endswith("+ 2") for line in lines)


def test_a_comma_behind_a_line_is_no_change_of_it():
    before, after = {"list": ["x" * 30, "y" * 30]}, {"list": ["x" * 30, "y" * 30, "z" * 30]}
    changed = [line.strip()[0] for line in shown(("base", before), ("mine", after)) if re.match(r" +[-+] ", line)]
    assert changed == ["+"]


def test_on_a_narrow_screen_values_stand_below_their_names():
    assert shown(("base, theirs", 1), ("will be written", 2), width=40) == [
        "    base, theirs",
        "      1",
        "    will be written",
        "      2",
    ]


def test_a_note_stands_in_place_of_a_value():
    lines = painted(show_sides([Side("base", b"1"), Side("will be written", None, note="nothing")], 80), colour=False)
    assert lines == "    base             1\n    will be written  nothing\n"


@given(st.lists(JSONS, min_size=1, max_size=4), st.sampled_from([40, 80, 120]))
def test_no_line_is_wider_than_the_screen_or_steers_it(values: list[Any], width: int):
    names = ("base", "mine", "theirs", "will be written")
    for line in shown(*zip(names, values, strict=False), width=width):
        assert cell_len(line) <= width
        assert line.isprintable()
        assert line == line.rstrip()
