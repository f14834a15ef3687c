"""A database for the listing library, and a loop that outlives a test, because connections belong to one loop."""

import asyncio
from collections.abc import Iterator

import pytest

from graft.db.connection import query_logger
from tests.listing.toy import World, open_world
from tests.support import database


@pytest.fixture(scope="session")
def listing_dsn(server_url: str, run: database.Run) -> Iterator[str]:
    """A superuser's address of an empty database, for the toy tables alone."""
    with database.made(server_url, run, template="template0") as url:
        yield url


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def world(listing_dsn: str, runner: asyncio.Runner) -> Iterator[World]:
    """The toy data, in a schema that no test changes for good."""
    world = runner.run(open_world(listing_dsn, "world_one"))
    yield world
    runner.run(world.connection.close())


@pytest.fixture
def sent(world: World) -> Iterator[list[str]]:
    """The statements that the world's connection runs."""
    heard: list[str] = []
    logger = query_logger(lambda statement, _values: heard.append(statement))
    world.connection.add_query_logger(logger)
    yield heard
    world.connection.remove_query_logger(logger)
