"""`graft serve`: the HTTP server on a migrated database, until it is told to end."""

import asyncio
import multiprocessing
import os
import resource
import shlex
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

import typer
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from starlette.applications import Starlette

from graft.app import create_app
from graft.auth.agreed_secret import check_secret
from graft.auth.secrets import derive
from graft.cli import signals
from graft.cli.called import command_name
from graft.cli.database import ask, migrated, settings
from graft.cli.failure import Failure
from graft.cli.logs import CONFIGURATION
from graft.cli.unread import unread_replies_end
from graft.config import MOST_WORKERS, Settings, load_secret, url_of
from graft.db.connection import Database
from graft.db.watch import supervised
from graft.kinds.registry import Kinds, load_kinds
from graft.kinds.store import check_kinds

# How many connections one process can hold. Idle ones count too, so this is no protection against load; it bounds what
# clients that do not read make it keep, until they are cut off.
_CONNECTIONS = 4_096
_HEADER_MILLISECONDS = 5_000
# What the HTTP server reads and writes ahead on one connection. The longest request line and its headers must fit.
_BUFFER = 128 * 1024
# How long requests may go on after the signal to end.
_GRACE_SECONDS = 30
_FIRST_STEPS = """
Nobody is here yet. Make the first administrator, a workspace and their keys, in another terminal:

    eval "$({variables}{program} bootstrap --shell)"

It sets GRAFT_API_URL, GRAFT_API_TOKEN and GRAFT_WORKSPACE there. Then import an API document into the workspace:

    {program} import --help
"""
_OWN_DATABASE = """
They need the GRAFT_… variables of the database and the secret that this server has.
"""


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to listen; else GRAFT_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, max=65_535, help="Of TCP; else GRAFT_PORT, else 8000.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", min=1, max=MOST_WORKERS, help="How many processes serve; else GRAFT_WORKERS, else 1."
        ),
    ] = None,
) -> None:
    """Serve the API; with nothing configured, on this machine alone and with a PostgreSQL of its own."""
    signals.interrupt_when_told_to_end()
    with suppress(KeyboardInterrupt):
        configured = settings(host=host, port=port, workers=workers)
        kinds = load_kinds(configured.kinds_file)
        secret = load_secret(configured)
        address = _free_address(configured.host, configured.port)
        with migrated(configured) as dsn:
            has_users = ask(dsn, configured.app_role, partial(_check_and_look_for_users, kinds, secret))
            _run(address, configured, dsn, secret, "" if has_users else _first_steps(configured))


def _first_steps(configured: Settings) -> str:
    """The commands for an empty database, ready to be copied. Settings with secrets are named, not printed."""
    defaults = Settings.from_env({name: value for name, value in os.environ.items() if not name.startswith("GRAFT_")})
    shown = (
        ("GRAFT_DATA_DIR", configured.data_dir, defaults.data_dir),
        ("GRAFT_HOST", configured.host, defaults.host),
        ("GRAFT_PORT", configured.port, defaults.port),
    )
    variables = "".join(f"{name}={shlex.quote(str(value))} " for name, value, default in shown if value != default)
    steps = _FIRST_STEPS.format(variables=variables, program=command_name())
    return steps + (_OWN_DATABASE if configured.database_url is not None else "")


async def _check_and_look_for_users(kinds: Kinds, secret: bytes, database: Database) -> bool:
    """Whether there is a user already. Raises `ConfigError` and `KindsError` if secret or kinds are not the database's.

    Each worker checks them as well; checked here first, they fail with a single line.
    """
    await check_secret(database, derive(secret))
    await check_kinds(database, kinds)
    async with database.reading() as db:
        return await db.value("select exists (select 1 from users)")


def _run(address: str, configured: Settings, dsn: str, secret: bytes, steps: str) -> None:
    """Run Granian until a signal ends it. `steps` are printed once all workers have started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    server = Granian(
        "graft",
        address=address,
        port=configured.port,
        interface=Interfaces.ASGI,
        runtime_mode=RuntimeModes.st,
        workers=configured.workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS, max_buffer_size=_BUFFER),
        websockets=False,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=CONFIGURATION,
    )
    hang_up = signal.getsignal(signal.SIGHUP)

    def end(number: int, frame: FrameType | None) -> None:
        if os.getpid() == server.pid:
            server.signal_handler_interrupt(number, frame)
        elif number == signal.SIGTERM:
            # a worker that has just been forked inherits this handler; without its own it would not end
            os._exit(0)

    @server.on_startup
    def handle_signals() -> None:  # pyright: ignore[reportUnusedFunction]
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        # Granian would restart its workers when the terminal closes
        signal.signal(signal.SIGHUP, signal.SIG_IGN if hang_up is signal.SIG_IGN else end)

    started = multiprocessing.Value("i", 0)
    # each worker process calls the loader
    server.serve(target_loader=partial(_application, configured, dsn, secret, steps, started), wrap_loader=False)


def _application(configured: Settings, dsn: str, secret: bytes, steps: str, started: "Synchronized[int]") -> Starlette:
    """The application of one worker. The last one to start announces, once, that the server is ready."""
    app = create_app(configured, dsn=dsn, secret=secret)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        # the worker supervises the database itself: a worker that was restarted needs it running, too
        own = configured.database_url is None
        supervising = supervised(configured.data_dir) if own else nullcontext()
        async with supervising, inner(app), unread_replies_end(configured.port):
            with started:
                started.value += 1
                last = started.value == configured.workers
            announcement = asyncio.create_task(_announce(configured.host, configured.port, steps)) if last else None
            yield
            if announcement is not None:
                announcement.cancel()

    app.router.lifespan_context = lifespan
    return app


async def _announce(host: str, port: int, steps: str) -> None:
    # Granian listens some time after the application has started, and has no hook for that: it is polled
    while not await _answers(urlsplit(url_of(host, port)).hostname or host, port):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    shown = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"Graft is ready at {shown} (documentation: {shown}/docs)\n{steps}", end="", flush=True)  # noqa: T201


async def _answers(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    with suppress(OSError):
        writer.write(b"HEAD /healthz HTTP/1.1\r\nHost: graft\r\nConnection: close\r\n\r\n")
        status = await reader.readline()
        writer.close()
        return status.startswith(b"HTTP/1.1 ")
    return False


def _free_address(host: str, port: int) -> str:
    """The IP address of a host, on which the port is free. Raises `Failure` if another program uses it.

    Granian would not notice: it binds with `SO_REUSEPORT`, and the two would share the connections.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen(1)
    except OSError as error:
        raise Failure(f"Port {port} of {host} cannot be used: {error.strerror}.") from error
    return str(place[0])
