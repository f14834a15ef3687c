"""Try again what lost against another transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from graft.db.errors import TryAgain

T = TypeVar("T")
Given = ParamSpec("Given")

_TRIES = 4
_FIRST_PAUSE = 0.01


async def try_again(attempt: Callable[Given, Awaitable[T]], *given: Given.args, **named: Given.kwargs) -> T:
    """What `attempt` returns. It is called at most four times, again as long as it raises `TryAgain`.

    Each pause is twice as long as the one before: of two that wait for each other, the one that goes on needs a moment
    to take the locks that the other has given back.
    """
    for number in range(_TRIES - 1):
        try:
            return await attempt(*given, **named)
        except TryAgain:
            await asyncio.sleep(_FIRST_PAUSE * 2**number)
    return await attempt(*given, **named)


async def again(attempt: Callable[[], Awaitable[T]], reason: type[Exception]) -> T:
    """As `try_again`, for another `reason`."""
    for _ in range(_TRIES - 1):
        try:
            return await attempt()
        except reason:
            continue
    return await attempt()
