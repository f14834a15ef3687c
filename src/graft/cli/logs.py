"""Write the program's log to stderr, where nobody waits for whoever reads it: what cannot be written at once is lost.

A handler that waits would stop all requests, and the end of the service, until somebody reads on.
"""

import logging
import os
import select

_STDERR = 2
# Bytes that a pipe takes in one write (PIPE_BUF) once it says that it can be written to.
_MOST_AT_ONCE = 4_096

# For `logging.config`: the service's own log and that of the HTTP server.
CONFIGURATION = {
    "handlers": {"stderr": {"()": "graft.cli.logs.UnwaitingHandler", "formatter": "generic"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "WARNING", "propagate": False} for name in ("_granian", "graft")
    },
}


class UnwaitingHandler(logging.Handler):
    """Writes records to a file descriptor as long as it takes them."""

    def __init__(self, descriptor: int = _STDERR) -> None:
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or as much of it as can be written without waiting."""
        try:
            text = f"{self.format(record)}\n".encode(errors="backslashreplace")
            for start in range(0, len(text), _MOST_AT_ONCE):
                if not self._is_ready():
                    return
                os.write(self._descriptor, text[start : start + _MOST_AT_ONCE])
        except OSError:
            # the log itself is broken, so there is nowhere to report it
            return

    def _is_ready(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(0))
