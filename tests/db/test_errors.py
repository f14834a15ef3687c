"""What an error of the database means, in the shapes of one server and of a cluster."""

import asyncpg
import pytest

from graft.db.errors import TryAgain, constraint_of, translate
from graft.errors import Conflict, Unavailable


def _violation(message: str, name: str | None = None) -> asyncpg.UniqueViolationError:
    error = asyncpg.UniqueViolationError(message)
    if name is not None:
        # the driver sets it from what the server says
        vars(error)["constraint_name"] = name
    return error


@pytest.mark.parametrize(
    "error",
    [
        _violation("duplicate key", "integrations_slug"),
        _violation("duplicate key", "integrations_slug_102048"),
        _violation('duplicate key value violates unique constraint "integrations_slug"'),
        _violation('duplicate key value violates unique constraint "integrations_slug_102048"'),
    ],
)
def test_a_rule_is_known_by_its_constraint_in_every_shape(error: asyncpg.UniqueViolationError):
    assert constraint_of(error) == "integrations_slug"
    known = translate(error)
    assert isinstance(known, Conflict)
    assert known.code == "slug-taken"


def test_what_may_succeed_at_the_next_try_says_so():
    assert isinstance(translate(asyncpg.DeadlockDetectedError("")), TryAgain)
    assert isinstance(translate(asyncpg.SerializationError("")), TryAgain)


def test_a_lost_server_is_unavailable():
    for error in (asyncpg.AdminShutdownError(""), ConnectionResetError(), TimeoutError(), asyncpg.DiskFullError("")):
        assert isinstance(translate(error), Unavailable)


def test_a_fault_of_ours_stays_one():
    assert translate(asyncpg.UndefinedTableError("")) is None
    assert translate(_violation("", "some_other_key")) is None
