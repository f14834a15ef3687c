"""The callers that tokens named a moment ago, so that not every request asks the database who calls."""

import time
from dataclasses import dataclass
from datetime import datetime

from graft.auth.caller import Caller

# How long what is known here may be used: a revocation in another process holds after so many seconds.
_SECONDS = 1.0
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    until: float
    expires_at: datetime | None


class Callers:
    """Callers by the keyed hash of their token; tokens themselves are kept nowhere. Only valid ones are known."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._known: dict[bytes, _Known] = {}

    def get(self, digest: bytes, now: datetime) -> Caller | None:
        """The caller, if the database named it within the last second and the token has not expired since."""
        known = self._known.get(digest)
        if known is None or known.until < time.monotonic():
            return None
        return None if known.expires_at is not None and known.expires_at <= now else known.caller

    def keep(self, digest: bytes, caller: Caller, expires_at: datetime | None, asked: float) -> None:
        """`asked`: the `time.monotonic()` before the database was."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[digest] = _Known(caller, asked + self._seconds, expires_at)

    def forget(self) -> None:
        """For when keys, users, workspaces or roles were changed here: what changed holds here at once."""
        self._known.clear()
