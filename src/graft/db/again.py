"""Try again what lost against another transaction."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from graft.db.errors import TryAgain

T = TypeVar("T")
Given = ParamSpec("Given")

_TRIES = 4


async def try_again(attempt: Callable[Given, Awaitable[T]], *given: Given.args, **named: Given.kwargs) -> T:
    """What `attempt` returns. It is called at most four times, again as long as it raises `TryAgain`."""
    for _ in range(_TRIES - 1):
        try:
            return await attempt(*given, **named)
        except TryAgain:
            continue
    return await attempt(*given, **named)


async def again(attempt: Callable[[], Awaitable[T]], reason: type[Exception]) -> T:
    """As `try_again`, for another `reason`."""
    for _ in range(_TRIES - 1):
        try:
            return await attempt()
        except reason:
            continue
    return await attempt()
