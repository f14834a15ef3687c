"""A shared budget: never more than there is, never more than a share, and at the end nothing is held any more."""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from graft.budget import Budget, Refusal


def test_what_is_too_much_is_refused_with_whose_part_is_used_up():
    budget = Budget(100, 60, small=5, reserve=20)
    with budget.holding("a") as one, budget.holding("a") as other, budget.holding("b") as third:
        assert one.take(50) is None
        assert other.take(11) is Refusal.OWN
        assert third.take(31) is Refusal.ALL
        assert third.take(30) is None
        # of the last twenty, small ones
        assert (other.take(5), other.held) == (None, 5)
        assert other.take(1) is Refusal.ALL
        with budget.holding("c") as small:
            assert [small.take(5) for _ in range(2)] == [None, Refusal.ALL]
        assert budget.taken == 85
    assert budget.taken == 0
    assert budget.holding("b").take(60) is None


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 40), max_size=5), st.booleans()), max_size=20)
)
def test_the_budget_holds_whatever_is_taken_and_given_back_in_whatever_order(
    works: list[tuple[str, list[int], bool]],
):
    budget, held = Budget(100, 60, small=10, reserve=20), dict.fromkeys("abc", 0)
    with ExitStack() as stack:
        for owner, amounts, at_once in works:
            inner = ExitStack()
            holding = inner.enter_context(budget.holding(owner))
            for amount in amounts:
                refused = holding.take(amount)
                held[owner] += 0 if refused else amount
                if refused is Refusal.OWN:
                    assert held[owner] + amount > 60
                if refused is Refusal.ALL:
                    assert budget.taken + amount > 80
                assert budget.taken == sum(held.values()) <= 100
                assert max(held.values()) <= 60
            if at_once:
                held[owner] -= holding.held
                inner.close()
            else:
                stack.push(inner)
    assert budget.taken == 0
