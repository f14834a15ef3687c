"""Who gets the next free connection: a share for each tenant, turns between them, and room for what is brief."""

from collections import deque
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

# From when on a use counts as slow, in seconds: most take a hundredth of it.
SLOW_SECONDS = 0.25
# How many uses of one tenant may wait; each keeps its request in memory.
MOST_WAITING = 256


class Use(Protocol):
    """One use of a connection: for which tenant (`None`: the process itself), whether it is sure to be brief.

    `since` is when it got its turn, in seconds of a clock that does not go back.
    """

    since: float

    @property
    def who(self) -> Hashable: ...

    @property
    def brief(self) -> bool: ...


OneUse = TypeVar("OneUse", bound=Use)


class Turns(Generic[OneUse]):
    """The uses of `size` connections: those that have one, and those that wait for one. It knows no connection.

    Of `size` connections one tenant has at most half, rounded up. Where it has had a quarter for longer than
    `SLOW_SECONDS` it gets no further one, so that slow uses of one tenant take no more than that for long. All uses
    that are not brief have at most three quarters, so that slow ones of many tenants leave room for brief ones.
    Tenants that wait get a connection in turns, one use each. The process itself has no share.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._share = (size + 1) // 2
        self._slow = max(1, size // 4)
        # uses that are not brief: how many there are, and may be
        self._longer = 0
        self._most_longer = size - size // 4
        # by tenant, the oldest use first
        self._having: dict[Hashable, list[OneUse]] = {}
        # those of brief uses and of others, by tenant, in the order of their next turn
        self._waiting: tuple[dict[Hashable, deque[OneUse]], ...] = ({}, {})
        self._brief_is_next = True
        self.waiting = 0

    def take(self, use: OneUse, now: float) -> bool:
        """Whether `use` has a connection at once; not before others of its tenant that wait."""
        if (
            not self._is_free_for(brief=use.brief)
            or (self.waiting and use.who in self._waiting[use.brief])
            or not self._is_within_share(use.who, now)
        ):
            return False
        self._give(use, now)
        return True

    def wait(self, use: OneUse) -> bool:
        """Whether `use`, which could not take one, waits from now on; not where too many of its tenant do."""
        queue = self._waiting[use.brief].setdefault(use.who, deque())
        if len(queue) >= MOST_WAITING:
            return False
        queue.append(use)
        self.waiting += 1
        return True

    def next(self, now: float) -> OneUse | None:
        """The use that waited and now has a connection, if any may: brief ones and others alternate where both may."""
        for brief in (self._brief_is_next, not self._brief_is_next):
            if not self._is_free_for(brief=brief):
                continue
            queues = self._waiting[brief]
            for who in queues:
                if self._is_within_share(who, now):
                    use = self._next_of(who, queues)
                    self._give(use, now)
                    self._brief_is_next = not brief
                    return use
        return None

    def leave(self, use: OneUse) -> bool:
        """Take `use` out of those that wait; false if it does not."""
        queue = self._waiting[use.brief].get(use.who)
        if queue is None or use not in queue:
            return False
        queue.remove(use)
        if not queue:
            del self._waiting[use.brief][use.who]
        self.waiting -= 1
        return True

    def give_back(self, use: OneUse) -> None:
        """The use is over; its connection is free."""
        having = self._having[use.who]
        if len(having) == 1:
            del self._having[use.who]
        else:
            having.remove(use)
        self._free += 1
        if not use.brief:
            self._longer -= 1

    @property
    def in_use(self) -> int:
        return self._size - self._free

    def has_its_share(self, who: Hashable, now: float) -> bool:
        """Whether it is its own uses that keep a tenant waiting."""
        return not self._is_within_share(who, now)

    def _is_free_for(self, *, brief: bool) -> bool:
        return self._free > 0 and (brief or self._longer < self._most_longer)

    def _is_within_share(self, who: Hashable, now: float) -> bool:
        having = self._having.get(who)
        if having is None or who is None:
            return True
        if len(having) >= self._share:
            return False
        return len(having) < self._slow or now - having[self._slow - 1].since < SLOW_SECONDS

    def _give(self, use: OneUse, now: float) -> None:
        use.since = now
        self._free -= 1
        if not use.brief:
            self._longer += 1
        having = self._having.get(use.who)
        if having is None:
            self._having[use.who] = [use]
        else:
            having.append(use)

    def _next_of(self, who: Hashable, queues: dict[Hashable, deque[OneUse]]) -> OneUse:
        """The first that waits of a tenant, whose next turn comes after that of all others."""
        queue = queues.pop(who)
        use = queue.popleft()
        if queue:
            queues[who] = queue
        self.waiting -= 1
        return use
