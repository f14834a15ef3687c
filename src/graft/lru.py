"""A cache of bounded weight, from which what was used longest ago goes first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Lru(Generic[Key, Value]):
    """Values by their keys; their weights together are at most `limit`.

    Where each value weighs 1, `limit` is how many there are. What alone weighs more than `limit` is not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def weight(self) -> int:
        """What the values that are kept weigh together."""
        return self._weight

    def get(self, key: Key) -> Value | None:
        """The value, which is thereby the one used last; None where there is none."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def keep(self, key: Key, value: Value, weight: int = 1) -> None:
        """Put the value in the place of the one that the key had, and let go of what the limit has no room for."""
        if weight < 1:
            raise ValueError("a value weighs at least 1: what weighs nothing has no bound")
        self.drop(key)
        if weight > self._limit:
            return

        self._entries[key] = value, weight
        self._weight += weight
        while self._weight > self._limit:
            _, (_, gone) = self._entries.popitem(last=False)
            self._weight -= gone

    def drop(self, key: Key) -> None:
        """Forget this value, if it is kept."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= entry[1]

    def clear(self) -> None:
        self._entries.clear()
        self._weight = 0
