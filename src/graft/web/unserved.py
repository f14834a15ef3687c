"""Tell the log of requests that could not be served: the first of each kind in a minute, and how many came after it."""

import asyncio
import logging

from graft.errors import GraftError, TooMany, Unavailable

_log = logging.getLogger("graft")

_SECONDS = 60.0
# Kinds that are counted by themselves; further ones are counted together.
_MOST_KINDS = 100
_MOST_CAUSE = 300

Kind = tuple[str, str]


class Unserved:
    """What was told of within the last minute, by code and sentence."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        # how many more of a kind came since
        self._told: dict[Kind, int] = {}

    def note(self, error: GraftError, request_id: str) -> None:
        """Tell the log of an error, if it is one of these and none of its kind was told within the minute."""
        if not isinstance(error, (Unavailable, TooMany)):
            return
        kind = (error.code, error.detail)
        if kind not in self._told and len(self._told) >= _MOST_KINDS:
            kind = ("others", "Other reasons.")

        if kind in self._told:
            self._told[kind] += 1
            return
        self._told[kind] = 0
        asyncio.get_running_loop().call_later(self._seconds, self._sum_up, kind)
        _log.warning("request %s was not served (%s): %s%s", request_id, *kind, _because(error))

    def _sum_up(self, kind: Kind) -> None:
        more = self._told.pop(kind)
        if more:
            _log.warning("%d more requests were not served within %g seconds (%s): %s", more, self._seconds, *kind)


def _because(error: GraftError) -> str:
    """What the database or the system said, in one line; empty where nobody else said anything."""
    cause = error.__cause__
    if cause is None:
        return ""
    first = (str(cause).strip().splitlines() or [""])[0]
    return f" [{type(cause).__name__}: {first[:_MOST_CAUSE]}]"
