"""What every test may ask for: a database, a data directory; and how `async def` tests run."""

import asyncio
import functools
import inspect
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, cast

import hypothesis
import pytest

from tests.support import database
from tests.support.database import Run
from tests.support.world import World, running

_RUN = pytest.StashKey[Run]()

# Time limits of single examples say more about the machine than about the code.
hypothesis.settings.register_profile("graft", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("graft")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "database: uses the run's PostgreSQL (set by itself)")
    # the settings of whoever runs the suite are not those of the suite
    for name in [name for name in os.environ if re.match(r"GRAFT_(?!TEST_|TORTURE)", name)]:
        del os.environ[name]
    worker = getattr(config, "workerinput", None)
    if worker is None:
        # a run that is told to end cleans up as one that is interrupted
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    for number in worker["ignored"] if worker else _ignored():
        signal.signal(number, _go_on)
    token, folder = worker["run"] if worker else (secrets.token_hex(4), database.make_folder())
    config.stash[_RUN] = Run(token, Path(folder), os.environ.get("GRAFT_TEST_DATABASE_URL"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    run = node.config.stash[_RUN]
    node.workerinput["run"] = (run.token, str(run.folder))
    node.workerinput["ignored"] = _ignored()


def _ignored() -> list[int]:
    """What a run in the background ignores."""
    return [
        int(number) for number in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(number) in (signal.SIG_IGN, _go_on)
    ]


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """As if the signal were ignored, but for the programs that tests start, and interrupt: they inherit no handler."""


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or _RUN not in config.stash:
        return
    run = config.stash[_RUN]
    try:
        database.clean_up(run)
    finally:
        shutil.rmtree(run.folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "server_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Give a coroutine test an event loop: its world's, or one of its own; under hypothesis, one to each example."""
    given = getattr(pyfuncitem.obj, "hypothesis", None)
    if given is not None and inspect.iscoroutinefunction(given.inner_test):
        given.inner_test = _in_a_loop(given.inner_test, None)
    elif inspect.iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = _in_a_loop(pyfuncitem.obj, cast("asyncio.Runner | None", pyfuncitem.funcargs.get("runner")))


def _in_a_loop(test: Callable[..., Any], runner: asyncio.Runner | None) -> Callable[..., None]:
    # asyncio's own loop: uvloop's waits for ever to be closed where a failed test left a connection open
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with nullcontext(runner) if runner is not None else asyncio.Runner() as its_runner:
            its_runner.run(test(*args, **kwargs))

    # `wraps` would pass for the coroutine function that it wraps
    del run.__wrapped__
    return run


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    return request.config.stash[_RUN]


@pytest.fixture(scope="session")
def server_url(run: Run) -> Iterator[str]:
    """A superuser's address of the run's server."""
    with database.server(run) as url:
        yield url


@pytest.fixture(scope="session")
def _template(server_url: str, run: Run) -> None:
    database.make_template(server_url, run)


@pytest.fixture(scope="session")
def app_role(run: Run) -> str:
    """The application's role in the databases of this run."""
    return run.app_role


@pytest.fixture
def empty_database_url(server_url: str, run: Run) -> Iterator[str]:
    """The superuser's address of a database without Graft's schema."""
    with database.made(server_url, run, template="template0") as url:
        yield url


@pytest.fixture
def database_url(_template: None, server_url: str, run: Run) -> Iterator[str]:
    """The superuser's address of a migrated database for this test alone."""
    with database.made(server_url, run, template=run.template) as url:
        yield url


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of a test and of the fixtures that need one."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def world(database_url: str, app_role: str, runner: asyncio.Runner) -> Iterator[World]:
    """A running Graft with its usual settings; with others, `running(…)` is asked for one."""
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(running(database_url, app_role)))
    runner.run(stack.aclose())


@pytest.fixture(scope="session")
def shared_database_url(_template: None, server_url: str, run: Run) -> Iterator[str]:
    """The superuser's address of a migrated database for tests that roll back all they do."""
    with database.made(server_url, run, template=run.template) as url:
        yield url


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that root's server can pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="graft-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
