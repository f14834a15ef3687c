"""How long the turns of the event loop are: the CPU time that its thread takes between two looks at what came."""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any

# Nobody else is answered meanwhile. CPU time of the one thread, so that a busy machine makes no turn longer.
LONGEST_SECONDS = 0.1
# What measures coverage follows each line, which takes several times the line's own time.
LONGEST_FOLLOWED_SECONDS = 0.5


@contextmanager
def short_turns() -> Generator[None]:
    """No turn of the loop inside this block takes more CPU than is allowed; what a thread does is none of it.

    What the test itself does between two `await`s is a part of a turn.
    """
    longest, what = 0.0, ""
    run: Callable[[Any], Any] = asyncio.Handle._run  # pyright: ignore[reportPrivateUsage]

    @wraps(run)
    def measured(self: asyncio.Handle) -> None:
        nonlocal longest, what
        before = time.thread_time()
        run(self)
        took = time.thread_time() - before
        if took > longest:
            longest, what = took, repr(self)

    # what the tests before left is looked through now and not in somebody's turn
    gc.collect()
    gc.freeze()
    asyncio.Handle._run = measured  # pyright: ignore[reportPrivateUsage]
    try:
        yield
    finally:
        asyncio.Handle._run = run  # pyright: ignore[reportPrivateUsage]
        gc.unfreeze()
    allowed = LONGEST_SECONDS if sys.gettrace() is None else LONGEST_FOLLOWED_SECONDS
    assert longest <= allowed, f"a turn took {longest:.3f} s of CPU: {what}"
