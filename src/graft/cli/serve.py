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
from graft.cli.called import called
from graft.cli.database import ask, migrated, settings
from graft.cli.failure import Failure
from graft.config import MOST_WORKERS, Settings, load_secret, url_of
from graft.db.connection import Database
from graft.db.watch import supervised
from graft.kinds.registry import Kinds, load_kinds
from graft.kinds.store import check_kinds

# It counts idle connections as well, so it is no protection: only what one process can hold.
_CONNECTIONS = 16_384
_HEADER_MILLISECONDS = 5_000
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
            used = ask(dsn, configured.app_role, partial(_first_look, kinds, secret))
            _run(address, configured, dsn, secret, "" if used else _first_steps(configured))


def _first_steps(configured: Settings) -> str:
    """To be run as they are printed; what holds a secret is named, and the rest given."""
    usual = Settings.from_env({name: value for name, value in os.environ.items() if not name.startswith("GRAFT_")})
    given = (
        ("GRAFT_DATA_DIR", configured.data_dir, usual.data_dir),
        ("GRAFT_HOST", configured.host, usual.host),
        ("GRAFT_PORT", configured.port, usual.port),
    )
    variables = "".join(f"{name}={shlex.quote(str(value))} " for name, value, other in given if value != other)
    steps = _FIRST_STEPS.format(variables=variables, program=called())
    return steps + (_OWN_DATABASE if configured.database_url is not None else "")


async def _first_look(kinds: Kinds, secret: bytes, database: Database) -> bool:
    """Whether somebody was made already. Each worker checks kinds and secret too; here they are told in a line."""
    await check_secret(database, derive(secret))
    await check_kinds(database, kinds)
    async with database.reading() as db:
        return await db.value("select exists (select 1 from users)")


def _run(address: str, configured: Settings, dsn: str, secret: bytes, steps: str) -> None:
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
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        websockets=False,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_SECONDS,
        log_level=LogLevels.warning,
    )
    hang_up = signal.getsignal(signal.SIGHUP)

    def end(number: int, frame: FrameType | None) -> None:
        if os.getpid() == server.pid:
            server.signal_handler_interrupt(number, frame)
        elif number == signal.SIGTERM:
            # a worker that has only just been forked: it has no handler of its own yet, and would be waited for
            os._exit(0)

    @server.on_startup
    def handle_signals() -> None:  # pyright: ignore[reportUnusedFunction]
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        # the server would start afresh at the end of the terminal
        signal.signal(signal.SIGHUP, signal.SIG_IGN if hang_up is signal.SIG_IGN else end)

    started = multiprocessing.Value("i", 0)
    # loaded by each worker process
    server.serve(target_loader=partial(_application, configured, dsn, secret, steps, started), wrap_loader=False)


def _application(configured: Settings, dsn: str, secret: bytes, steps: str, started: "Synchronized[int]") -> Starlette:
    """The application of one worker. The last of the first ones to start says that the server is ready, once."""
    app = create_app(configured, dsn=dsn, secret=secret)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        # workers are started again, too: one finds its database running
        own = configured.database_url is None
        async with supervised(configured.data_dir) if own else nullcontext(), inner(app):
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
    # nobody tells when the server, which starts after the application, listens
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
    """The address of a host. The HTTP server would share its port with another one: it binds with `SO_REUSEPORT`."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen(1)
    except OSError as error:
        raise Failure(f"Port {port} of {host} cannot be used: {error.strerror}.") from error
    return str(place[0])
