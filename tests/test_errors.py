"""Problems are collected under one budget, and nobody searches beyond it."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import MAX_PROBLEM_BYTES, MAX_PROBLEMS, Conflict, Invalid, Problem, Problems, raise_if_any


class Source:
    """Finds the same problem for ever, and counts how often it was asked."""

    def __init__(self, problem: Problem) -> None:
        self.asked = 0
        self._problem = problem

    def __iter__(self) -> Iterator[Problem]:
        while True:
            self.asked += 1
            yield self._problem


def problem(pointer: str = "/a", detail: str = "No.") -> Problem:
    return Problem(pointer, "wrong", detail)


def size(problems: Problems) -> int:
    return len(msgspec.json.encode(problems.found))


def test_a_source_is_asked_until_the_number_is_reached_and_once_more():
    source = Source(problem())
    problems = Problems(source)
    assert (len(problems), problems.left_out, source.asked) == (MAX_PROBLEMS, 1, MAX_PROBLEMS + 1)


def test_a_source_is_asked_until_the_bytes_are_spent_and_once_more():
    source = Source(problem("/" + "a" * 900))
    problems = Problems(source)
    assert len(problems) < MAX_PROBLEMS
    assert MAX_PROBLEM_BYTES - 1_000 < size(problems) <= MAX_PROBLEM_BYTES
    assert (problems.left_out, source.asked) == (1, len(problems) + 1)


def test_as_many_as_the_budget_are_all_there_is():
    problems = Problems([problem()] * MAX_PROBLEMS)
    assert (len(problems), problems.left_out, problems.full) == (MAX_PROBLEMS, 0, False)


def test_no_other_source_is_asked_once_something_was_left_out():
    first, second = Source(problem()), Source(problem("/b"))
    problems = Problems(first).take(second)
    assert (second.asked, problems.left_out) == (0, 1)


def test_what_another_collector_left_out_is_left_out_here_as_well():
    inner = Problems(Source(problem("/x")), most=3)
    problems = Problems([problem()]).take(inner, "/inner")
    assert [found.pointer for found in problems] == ["/a", *["/inner/x"] * 3]
    assert problems.left_out == 1
    assert not Problems().take(Problems())


def test_a_long_pointer_or_detail_loses_its_middle():
    told = problem("/" + "a" * 600 + "/" + "b" * 600, "c" * 1_000)
    assert len(told.pointer) == 1_000
    assert told.pointer.startswith("/aaa")
    assert told.pointer.endswith("bbb")
    assert " … " in told.pointer
    assert told.detail == "c" * 1_000
    assert len(problem(detail="c" * 1_001).detail) == 1_000


def test_a_cut_pointer_has_one_mark_wherever_it_is_seen_from():
    told = problem("/" + "a" * 2_000).under("/manifest").under("/draft")
    assert told.pointer.startswith("/draft/manifest/aaa")
    assert told.pointer.count("…") == 1


@pytest.mark.parametrize("count", [1, 2])
def test_a_single_problem_gives_the_detail(count: int):
    with pytest.raises(Invalid) as caught:
        raise_if_any([problem()] * count, "Several.")
    assert caught.value.detail == ("No." if count == 1 else "Several.")
    raise_if_any([])


def test_names_beside_problems_are_paid_from_the_same_budget():
    names = [f"publisher/{number}" for number in range(5_000)]
    refused = Conflict("missing " * 1_000, extra={"missing": names, "unfit": ["one"], "source": "text"})
    assert refused.extra == {"missing": names[:MAX_PROBLEMS], "unfit": [], "source": "text"}
    assert refused.problems.left_out == 4_001
    assert len(refused.detail) == 1_000


TEXTS = st.text(max_size=40) | st.sampled_from(["a" * 2_000, "\n" * 5_000, "é" * 700, "\x01" * 300])


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=60), st.integers(0, 70), st.integers(0, 20_000))
@settings(max_examples=100)
def test_what_is_collected_fits_and_is_a_beginning_of_what_was_found(
    texts: list[tuple[str, str]], most: int, room: int
):
    found = [Problem(pointer, "code", detail) for pointer, detail in texts]
    problems = Problems(found, most=most, room=room)
    assert problems.found == found[: len(problems)]
    assert len(problems) <= most
    assert sum(len(msgspec.json.encode(one)) + 1 for one in problems) <= room
    assert (problems.left_out > 0) == (len(problems) < len(found))
