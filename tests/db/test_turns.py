"""Who gets the next free connection: shares, turns, and room for what is brief, as values without a connection."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft.db.turns import MOST_WAITING, SLOW_SECONDS, Turns


@dataclass(eq=False)
class One:
    """A use, with a number by which a failure names it."""

    who: str | None
    number: int = 0
    brief: bool = False
    since: float = 0.0


def taken(turns: Turns[One], who: str | None, count: int, *, brief: bool = False, now: float = 0.0) -> list[One]:
    """As many of `count` uses as get a connection at once."""
    uses = [One(who, number, brief) for number in range(count)]
    return [use for use in uses if turns.take(use, now)]


@pytest.mark.parametrize(("size", "share"), [(1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (50, 25)])
def test_one_tenant_has_at_most_half(size: int, share: int):
    turns = Turns[One](size)
    assert len(taken(turns, "a", size, brief=True)) == share
    assert turns.in_use == share


@pytest.mark.parametrize(("size", "kept"), [(1, 0), (2, 0), (4, 1), (8, 2), (50, 12)])
def test_what_is_not_brief_leaves_a_quarter(size: int, kept: int):
    turns = Turns[One](size)
    slow = [use for who in map(str, range(size)) for use in taken(turns, who, 1)]
    assert len(slow) == size - kept
    assert len([use for who in map(str, range(size)) for use in taken(turns, who, 1, brief=True)]) == kept


def test_the_process_itself_has_no_share():
    turns = Turns[One](8)
    assert len(taken(turns, None, 9, brief=True)) == 8


def test_slow_uses_of_one_tenant_keep_it_from_more():
    turns = Turns[One](8)
    first = taken(turns, "a", 2)
    assert taken(turns, "a", 1, now=SLOW_SECONDS * 0.9)
    assert not taken(turns, "a", 1, now=SLOW_SECONDS)
    assert turns.has_its_share("a", SLOW_SECONDS)
    assert taken(turns, "b", 1, now=SLOW_SECONDS)
    turns.give_back(first[0])
    assert taken(turns, "a", 1, now=SLOW_SECONDS)


def test_tenants_that_wait_are_served_in_turns():
    turns = Turns[One](8)
    having = [*taken(turns, "x", 4, brief=True), *taken(turns, "y", 4, brief=True)]
    for who in "aaabbc":
        assert turns.wait(One(who, brief=True))
    served = ""
    for use in having[:6]:
        turns.give_back(use)
        got = turns.next(0.0)
        assert got is not None
        assert turns.next(0.0) is None
        served += str(got.who)
    assert served == "abcaba"


def test_nobody_overtakes_an_earlier_use_of_its_own_tenant():
    turns = Turns[One](2)
    having = taken(turns, "a", 1)
    waiting = One("a")
    assert turns.wait(waiting)
    assert not taken(turns, "a", 1)
    turns.give_back(having[0])
    assert turns.next(0.0) is waiting


def test_who_may_have_none_stands_in_nobodys_way():
    turns = Turns[One](8)
    assert len(taken(turns, "a", 4)) == 4
    assert turns.wait(One("a"))
    assert taken(turns, "b", 1)


def test_brief_uses_and_others_alternate_where_both_wait():
    turns = Turns[One](8)
    having = [use for who in "abcd" for use in taken(turns, who, 2, brief=True)]
    for who in "efghij":
        assert turns.wait(One(who))
        assert turns.wait(One(who, brief=True))
    served = ""
    for use in having:
        turns.give_back(use)
        got = turns.next(0.0)
        served += "-" if got is None else "b" if got.brief else "s"
    assert served == "bsbsbsbs"


def test_of_one_tenant_only_so_many_wait():
    turns = Turns[One](1)
    taken(turns, "a", 1)
    assert all(turns.wait(One("b")) for _ in range(MOST_WAITING))
    assert not turns.wait(One("b"))
    assert turns.wait(One("c"))


def test_who_leaves_is_forgotten():
    turns = Turns[One](1)
    having = taken(turns, "a", 1)
    one, two = One("b"), One("b")
    for use in (one, two):
        assert turns.wait(use)
    assert turns.leave(one)
    assert not turns.leave(one)
    turns.give_back(having[0])
    assert turns.next(0.0) is two
    assert turns.waiting == 0


class Model:
    """The same uses in two lists, and the clock."""

    def __init__(self, size: int) -> None:
        self.turns = Turns[One](size)
        self.size = size
        self.now = 0.0
        self.having: list[One] = []
        self.waiting: list[One] = []

    def come(self, number: int, *, brief: bool) -> None:
        use = One("abcde"[number % 5], number, brief)
        if self.turns.take(use, self.now):
            self.having.append(use)
        elif self.turns.wait(use):
            self.waiting.append(use)

    def end(self, number: int) -> None:
        if self.having:
            self.turns.give_back(self.having.pop(number % len(self.having)))
        while (use := self.turns.next(self.now)) is not None:
            self.waiting.remove(use)
            self.having.append(use)

    def leave(self, number: int) -> None:
        if self.waiting:
            assert self.turns.leave(self.waiting.pop(number % len(self.waiting)))

    def check(self) -> None:
        assert self.turns.in_use == len(self.having) <= self.size
        assert self.turns.waiting == len(self.waiting)
        assert max((sum(one.who == use.who for one in self.having) for use in self.having), default=0) <= (
            (self.size + 1) // 2
        )
        assert sum(not use.brief for use in self.having) <= self.size - self.size // 4
        # nobody waits who may have one
        assert self.turns.next(self.now) is None


EVENTS = st.tuples(st.sampled_from("cel"), st.integers(0, 99), st.booleans(), st.floats(0, 0.3))


@given(st.integers(1, 9), st.lists(EVENTS, max_size=80))
def test_whatever_happens_shares_hold_and_nobody_waits_who_may_have_one(
    size: int, events: list[tuple[str, int, bool, float]]
):
    model = Model(size)
    for event, number, brief, passed in events:
        model.now += passed
        if event == "c":
            model.come(number, brief=brief)
        elif event == "e":
            model.end(number)
        else:
            model.leave(number)
        model.check()

    while model.having:
        model.end(0)
    assert (model.turns.waiting, model.turns.in_use) == (0, 0)
