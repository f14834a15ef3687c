"""A budget that all share: so much at once, of which each owner has a part, and small amounts a part of their own."""

from collections.abc import Hashable
from enum import Enum
from types import TracebackType
from typing import Self


class Refusal(Enum):
    """Why an amount is not given: its owner has its part already, or all together have everything."""

    OWN = 1
    ALL = 2


class Budget:
    """`most` in all, of which one owner has at most `share`. The last `reserve` is for amounts of at most `small`."""

    def __init__(self, most: int, share: int, *, small: int = 0, reserve: int = 0) -> None:
        self._most = most
        self._share = share
        self._small = small
        self._reserve = reserve
        self._taken = 0
        self._by_owner: dict[Hashable, int] = {}

    @property
    def taken(self) -> int:
        return self._taken

    def holding(self, owner: Hashable) -> "Holding":
        """What one piece of work of this owner takes: a block, at the end of which it gives all of it back."""
        return Holding(self, owner)

    def refusal(self, owner: Hashable, amount: int, held: int) -> Refusal | None:
        """Why `amount` is not given to who has `held` of it already; None where it is."""
        most = self._most if held + amount <= self._small else self._most - self._reserve
        if self._by_owner.get(owner, 0) + amount > self._share:
            return Refusal.OWN
        return Refusal.ALL if self._taken + amount > most else None

    def change(self, owner: Hashable, amount: int) -> None:
        self._taken += amount
        now = self._by_owner.get(owner, 0) + amount
        if now:
            self._by_owner[owner] = now
        else:
            self._by_owner.pop(owner, None)


class Holding:
    """What is held of a budget until the block ends."""

    __slots__ = ("_budget", "held", "owner")

    def __init__(self, budget: Budget, owner: Hashable) -> None:
        self._budget = budget
        self.owner = owner
        self.held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self.held:
            self._budget.change(self.owner, -self.held)
            self.held = 0

    def take(self, amount: int) -> Refusal | None:
        """Take `amount` more. Nothing is taken where a reason against it is returned."""
        refusal = self._budget.refusal(self.owner, amount, self.held)
        if refusal is None:
            self._budget.change(self.owner, amount)
            self.held += amount
        return refusal
