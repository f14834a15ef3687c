"""Rows as values of a struct: its fields are the select list, the columns of an insert, the places of a row."""

import asyncpg
import msgspec
import pytest

from graft.db.connection import WriteConnection
from graft.db.rows import assignments, columns, each, insert, insert_returning, one
from graft.listing import INT, TEXT, TRUE, Field, Projection, Resource, sql
from tests.support import database


class Fruit(msgspec.Struct, frozen=True):
    name: str
    weight: int | None


class NewFruit(Fruit, frozen=True):
    kept: bool = True


class ShownFruit(msgspec.Struct, frozen=True):
    upper: str
    weight: int | None


FRUITS: Resource[None] = Resource(
    name="fruits",
    source=sql("fruits t"),
    visible=lambda _: TRUE,
    fields={"id": Field("t.name", TEXT), "weight": Field("t.weight", INT, nullable=True)},
)
TABLE = "create temporary table fruits (weight bigint, name text, kept boolean default false)"


async def _fruits(connection: asyncpg.Connection) -> WriteConnection:
    await connection.execute(TABLE)
    return WriteConnection(connection)


async def test_what_is_inserted_is_read_as_it_was(shared_database_url: str):
    async with database.rolled_back(shared_database_url) as connection:
        db = await _fruits(connection)
        await insert(db, "fruits", NewFruit("plum", 12))
        await insert(db, "fruits", Fruit("pear", None))

        text = f"select {columns(NewFruit, 't')} from fruits t order by name"
        assert await each(db, NewFruit, text) == [NewFruit("pear", None, kept=False), NewFruit("plum", 12)]
        assert await one(db, NewFruit, text) == NewFruit("pear", None, kept=False)
        assert await one(db, NewFruit, f"select {columns(NewFruit, 't')} from fruits t where name = $1", "fig") is None
        assert await each(db, NewFruit, f"select {columns(NewFruit, 't')} from fruits t where false") == []


async def test_an_insert_gives_the_columns_that_a_reply_shows(shared_database_url: str):
    async with database.rolled_back(shared_database_url) as connection:
        db = await _fruits(connection)
        shown = Projection(FRUITS, ShownFruit, {"upper": "upper(t.name)"})
        assert await insert_returning(db, "fruits", Fruit("plum", 12), shown) == ShownFruit("PLUM", 12)


async def test_a_column_may_be_an_expression(shared_database_url: str):
    async with database.rolled_back(shared_database_url) as connection:
        db = await _fruits(connection)
        await insert(db, "fruits", Fruit("plum", 12))
        text = f"select {columns(Fruit, 't', weight='t.weight + 1')} from fruits t"
        assert await one(db, Fruit, text) == Fruit("plum", 13)


@pytest.mark.parametrize("selected", ["weight, name", "name", "name, weight, kept", "name, weight as heavy"])
async def test_other_columns_than_the_fields_are_refused(shared_database_url: str, selected: str):
    async with database.rolled_back(shared_database_url) as connection:
        db = await _fruits(connection)
        await insert(db, "fruits", Fruit("plum", 12))
        for read in (one, each):
            with pytest.raises(TypeError, match="Fruit is not made of the columns"):
                await read(db, Fruit, f"select {selected} from fruits")


def test_an_update_sets_each_field_to_a_parameter():
    assert assignments(NewFruit, first=3) == "name = $3, weight = $4, kept = $5"
