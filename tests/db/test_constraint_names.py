"""Every rule of the schema that a caller may break is known by its constraint, in the shapes of all servers."""

import re

import asyncpg
import pytest

from graft.db.errors import RULES, ReadOnly, TryAgain, constraint_of, translate
from graft.errors import Conflict, TooLarge, Unavailable
from tests.support.database import connected

UNIQUE = 'duplicate key value violates unique constraint "{}"'


def sent(state: str, message: str, constraint: str | None = None) -> asyncpg.PostgresError:
    """The driver's error for what a server sends."""
    fields = {"C": state, "M": message} | ({"n": constraint} if constraint else {})
    return asyncpg.PostgresError.new(fields)


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_is_known_however_the_server_names_it(name: str):
    shapes = [
        sent("23505", UNIQUE.format(name), name),
        # of a cluster: from the shard's own node, and from another
        sent("23505", UNIQUE.format(f"{name}_102048"), f"{name}_102048"),
        sent("23505", UNIQUE.format(f"{name}_102048")),
        # a check has no number there
        sent("23514", f'new row for relation "t_102048" violates check constraint "{name}"'),
    ]
    for error in shapes:
        assert constraint_of(error) == name
        known = translate(error)
        assert isinstance(known, Conflict)
        assert known.code == RULES[name][0]


async def test_every_rule_stands_in_the_schema(shared_database_url: str):
    async with connected(shared_database_url) as connection:
        found = await connection.fetch(
            "select conname::text as name from pg_constraint union select relname from pg_class where relkind = 'i'"
        )
        with pytest.raises(asyncpg.UniqueViolationError) as caught:
            await connection.execute("insert into burnt_versions select 'a', 'b', '1.0.0' from generate_series(1, 2)")
    assert set(RULES) <= {row["name"] for row in found}
    known = translate(caught.value)
    assert isinstance(known, Conflict)
    assert known.code == "version-exists"


def test_rules_are_told_in_stable_words_and_a_sentence():
    for code, sentence in RULES.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert re.fullmatch(r"[A-Z].*\.", sentence)


def test_a_rule_that_no_caller_can_break_is_a_fault_of_ours():
    assert translate(sent("23505", UNIQUE.format("templates_digest"), "templates_digest")) is None
    assert constraint_of(sent("22012", "division by zero")) is None


@pytest.mark.parametrize("state", ["40001", "40P01", "40000", "40002", "23503"])
def test_who_lost_against_another_transaction_may_try_again(state: str):
    assert type(translate(sent(state, "lost"))) is TryAgain


def _of_class(*classes: str) -> list[str]:
    """All states that the driver knows of these classes, and one that it does not."""
    known = {getattr(found, "sqlstate", None) or "" for found in vars(asyncpg).values() if _is_error(found)}
    return sorted({state for state in known if state.startswith(classes)} | {f"{name}ZZZ"[:5] for name in classes})


def _is_error(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, asyncpg.PostgresError)


@pytest.mark.parametrize("state", [*_of_class("08", "28", "3D", "53", "55", "57", "58"), "25P03", "25P04", "40003"])
def test_a_server_that_cannot_do_it_now_is_unavailable(state: str):
    assert type(translate(sent(state, "away"))) is Unavailable


@pytest.mark.parametrize("state", _of_class("54"))
def test_what_the_server_never_takes_is_too_large(state: str):
    assert type(translate(sent(state, "too much"))) is TooLarge


def test_a_plan_of_before_a_migration_is_made_again():
    assert type(translate(asyncpg.InvalidCachedStatementError("cached plan must not change result type"))) is TryAgain


@pytest.mark.parametrize("state", ["42P01", "42501", "22003", "XX000", "0A000", "25P02", "25001", ""])
def test_a_fault_of_ours_is_no_family(state: str):
    assert translate(sent(state, "a bug")) is None


def test_a_server_that_takes_no_changes_says_so():
    known = translate(sent("25006", "cannot execute UPDATE in a read-only transaction"))
    assert type(known) is ReadOnly
    assert "read-only" in known.detail
