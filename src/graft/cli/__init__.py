"""The entry point of the `graft` command. It handles Ctrl-C before it loads `commands.py`, which takes a while."""

try:
    import os
    import signal
    import sys
    from importlib import import_module
    from types import FrameType
except KeyboardInterrupt:
    raise SystemExit(130) from None

_INTERRUPTED = 130


def main() -> None:
    """Run the command that the arguments name."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # while modules load there is nothing to clean up, and a traceback out of an import helps nobody
        signal.signal(signal.SIGINT, _exit)
    sys.exit(import_module("graft.cli.commands").run(sys.argv[1:]))


def _exit(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
