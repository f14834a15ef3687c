"""Rows as frozen values: select lists, reads and inserts made of a struct, whose fields are named like columns.

A struct of msgspec, as it is made of a row ten times as fast as a frozen dataclass is (ADR 33).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, LiteralString, TypeVar, cast

import msgspec

from graft.db.connection import ReadConnection, Row, WriteConnection
from graft.listing import Projection, Reply

T = TypeVar("T", bound=msgspec.Struct)


def columns(kind: type[msgspec.Struct], table: LiteralString, **others: LiteralString) -> LiteralString:
    """The select list of a `kind`, in the order of its fields: columns of the alias `table`, or what `others` say."""

    def column(name: LiteralString) -> LiteralString:
        return f"{others[name]} as {name}" if name in others else f"{table}.{name}"

    return ", ".join([column(_literal(name)) for name in kind.__struct_fields__])


async def one(db: ReadConnection, kind: type[T], statement: str, *parameters: object) -> T | None:
    """The row of a statement that selects `columns(kind)`, if there is one."""
    row = await db.row(statement, *parameters)
    return None if row is None else value(kind, row)


async def each(db: ReadConnection, kind: type[T], statement: str, *parameters: object) -> list[T]:
    """The rows of a statement that selects `columns(kind)`."""
    rows = await db.rows(statement, *parameters)
    return [value(kind, rows[0]), *[kind(*row) for row in rows[1:]]] if rows else []


def value(kind: type[T], row: Row) -> T:
    """A row as a `kind`. One with other columns, or in another order, is a mistake of the program."""
    names = tuple(row.keys())
    if names != kind.__struct_fields__:
        raise TypeError(f"{kind.__name__} is not made of the columns {', '.join(names)}")
    return kind(*row)


def changed(kind: type[T], before: msgspec.Struct, changes: Mapping[str, Any]) -> T:
    """A `kind` with the fields of `before`, but for those that `changes` has."""
    names = kind.__struct_fields__
    return kind(**{name: changes[name] if name in changes else getattr(before, name) for name in names})


async def insert(db: WriteConnection, table: LiteralString, new: msgspec.Struct) -> None:
    """Insert a row whose columns are the fields of `new`."""
    await db.execute(insertion(table, type(new)), *msgspec.structs.astuple(new))


async def insert_returning(
    db: WriteConnection, table: LiteralString, new: msgspec.Struct, shown: Projection[Reply]
) -> Reply:
    """As `insert`; the row as a reply shows it, which joins nothing."""
    statement = f"{insertion(table, type(new))} returning {shown.columns}"
    row = await db.row(statement, *msgspec.structs.astuple(new))
    assert row is not None
    return shown.reader()(row)


def assignments(kind: type[msgspec.Struct], first: int) -> LiteralString:
    """What an UPDATE sets: the columns of `kind`, each to a parameter, numbered from `first`."""
    pairs = [f"{name} = ${number}" for number, name in enumerate(kind.__struct_fields__, start=first)]
    return _literal(", ".join(pairs))


def moved(kind: type[msgspec.Struct], table: LiteralString, **others: LiteralString) -> LiteralString:
    """What an UPDATE sets: all columns of `kind` but its id, to those of the alias `table`, or what `others` say."""
    pairs = [f"{name} = {others.get(name, f'{table}.{name}')}" for name in kind.__struct_fields__ if name != "id"]
    return _literal(", ".join(pairs))


def arrays(
    kind: type[msgspec.Struct], table: LiteralString, first: int, types: Mapping[str, LiteralString]
) -> LiteralString:
    """Rows of a `kind` as `table`, each column an array, numbered from `first`: of texts, or of what `types` say."""
    names = kind.__struct_fields__
    parameters = [f"${number}::{types.get(name, 'text')}[]" for number, name in enumerate(names, start=first)]
    return _literal(f"unnest({', '.join(parameters)}) as {table}({', '.join(names)})")


def array_text(texts: Sequence[str]) -> str:
    """An array of texts as the text that SQL casts to `text[]`: an array of arrays would be flattened."""
    return f"{{{','.join(map(_quoted, texts))}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@cache
def insertion(table: LiteralString, kind: type[msgspec.Struct]) -> LiteralString:
    """The INSERT of a row whose columns are the fields of `kind`, each a parameter, numbered from 1."""
    names = kind.__struct_fields__
    numbers = [f"${number}" for number in range(1, len(names) + 1)]
    return _literal(f"insert into {table} as t ({', '.join(names)}) values ({', '.join(numbers)})")


def _literal(text: str) -> LiteralString:
    """The names of a struct's fields are literals of the program."""
    return cast("LiteralString", text)
