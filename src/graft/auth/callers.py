"""The callers that tokens named a moment ago, so that not every request asks the database who calls."""

import hashlib
import math
import secrets
import time
from dataclasses import dataclass
from datetime import datetime

from graft.auth.caller import Caller
from graft.lru import Lru

# How long what is known here may be used: a revocation in another process holds after so many seconds.
_SECONDS = 1.0
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    until: float
    expires_at: datetime | None


class Callers:
    """Callers by a keyed hash of their token; tokens themselves are kept nowhere. Only valid ones are known."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._known: Lru[bytes, _Known] = Lru(_MOST)
        # of this process alone, and a tenth of the price of an HMAC
        self._key = secrets.token_bytes(32)
        self._forgotten_at = -math.inf

    def get(self, token: str, now: datetime) -> Caller | None:
        """The caller, if the database named it within the last second and the token has not expired since."""
        known = self._known.get(self._digest(token))
        if known is None or known.until < time.monotonic():
            return None
        return None if known.expires_at is not None and known.expires_at <= now else known.caller

    def keep(self, token: str, caller: Caller, expires_at: datetime | None, asked_at: float) -> None:
        """`asked_at` is read before the query, so an entry never lives longer than a second after the row was.

        What was asked before something changed, and is answered after it, is not kept.
        """
        if asked_at > self._forgotten_at:
            self._known.keep(self._digest(token), _Known(caller, asked_at + self._seconds, expires_at))

    def forget(self) -> None:
        """For when keys, users, workspaces or roles were changed here: what changed holds here at once."""
        self._forgotten_at = time.monotonic()
        self._known.clear()

    def _digest(self, token: str) -> bytes:
        return hashlib.blake2b(token.encode(), digest_size=32, key=self._key).digest()
