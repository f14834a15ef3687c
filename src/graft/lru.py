"""An LRU cache of bounded weight."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Lru(Generic[Key, Value]):
    """Values by key, whose weights come to at most `limit`; the least recently used ones are dropped first.

    By default a value weighs 1, so that `limit` is their number. A value that weighs more than `limit` is not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def weight(self) -> int:
        """The weight of all values that are kept."""
        return self._weight

    def get(self, key: Key) -> Value | None:
        """The value of a key, which becomes the most recently used one; None if it is not kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def keep(self, key: Key, value: Value, weight: int = 1) -> None:
        """Keep a value, in place of the one that the key had, and drop others until the limit is met."""
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
        """Drop the value of a key, if it is kept."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= entry[1]

    def clear(self) -> None:
        self._entries.clear()
        self._weight = 0
