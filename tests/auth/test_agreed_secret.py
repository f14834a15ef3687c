"""The secret of a database: the first process that starts tells it, and others are refused."""

import asyncio

import pytest

from graft.auth.agreed_secret import check_secret, secret_matches
from graft.auth.secrets import derive
from graft.config import ConfigError
from tests.support.database import opened

OURS, OTHER = derive(b"a secret of thirty-two bytes or more"), derive(b"a secret of thirty-two bytes or less")


async def test_the_first_secret_is_the_databases_and_another_is_refused(database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        assert await secret_matches(database, OURS) is None
        await check_secret(database, OURS)
        await check_secret(database, OURS)
        with pytest.raises(ConfigError, match="not the secret that this database was made with"):
            await check_secret(database, OTHER)
        assert (await secret_matches(database, OURS), await secret_matches(database, OTHER)) == (True, False)


async def test_of_two_that_are_first_at_once_one_is_right(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=8) as database:
        outcomes = await asyncio.gather(
            *(check_secret(database, secret) for secret in [OURS, OTHER] * 4), return_exceptions=True
        )
        assert sum(isinstance(outcome, ConfigError) for outcome in outcomes) == 4


async def test_what_is_stored_opens_nothing(database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        await check_secret(database, OURS)
        async with database.reading() as db:
            stored = await db.value("select value from secret_check")
    assert stored not in (OURS.tokens, OURS.cursors, OURS.credentials)
