"""Let the signals that tell a command to end (SIGINT, SIGTERM, SIGHUP) raise `KeyboardInterrupt`, or defer them."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_when_told_to_end() -> None:
    """From now on a signal to end raises `KeyboardInterrupt`; one that is ignored (as by `nohup`) stays so."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def deferred() -> Generator[list[int]]:
    """Inside, signals to end interrupt nothing; the list has those that came."""
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, note)

    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
