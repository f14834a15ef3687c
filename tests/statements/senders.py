"""Knows which package of Graft asks for a statement, by the frame of the caller: it is gone when the driver tells."""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from types import FrameType
from typing import Any

from graft.db.connection import ReadConnection, WriteConnection

# Who sends a list that is asked for over HTTP: its relations reach the rows of other slices, each under its own rule.
LISTS = "lists"
# These send what others made: the way to the database, and what calls the operations.
_CARRIERS = (
    "graft.db.again",
    "graft.db.connection",
    "graft.db.rows",
    "graft.db.sweep",
    "graft.listing",
    "graft.web",
    "graft.app",
)

# A listener is called in the context of what sent the statement.
_sender: ContextVar[str | None] = ContextVar("sender", default=None)


def sender() -> str | None:
    """Whose statement is told now; none where a test asks by itself."""
    return _sender.get()


def package(frame: FrameType | None) -> str | None:
    """The package of Graft nearest to this frame, outwards, that is no carrier; `LISTS` where there are only carriers."""
    found: str | None = None
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        if module == "graft.web.lists":
            found = LISTS
        elif module.startswith("graft.") and not module.startswith(_CARRIERS):
            return module.split(".")[1]
        frame = frame.f_back
    return found


def note_senders() -> None:
    """From now on each statement is sent in a context that knows its sender."""
    for owner, names in ((ReadConnection, ("rows", "rows_within", "row", "value")), (WriteConnection, ("execute",))):
        for name in names:
            setattr(owner, name, _noting(getattr(owner, name)))


def _noting(ask: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(ask)
    async def noting(*args: Any) -> Any:
        before = _sender.set(package(sys._getframe(1)))
        try:
            return await ask(*args)
        finally:
            _sender.reset(before)

    return noting
