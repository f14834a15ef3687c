"""The `graft` command; what it does stands in `commands.py`, and is loaded after a Ctrl-C cannot end in a traceback."""

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
        # while modules load there is nothing to clean up, and a traceback through them tells nobody anything
        signal.signal(signal.SIGINT, _end)
    sys.exit(import_module("graft.cli.commands").run(sys.argv[1:]))


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
