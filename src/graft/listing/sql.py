"""SQL fragments that carry their parameters. They are numbered last, so that no value is ever written into the text."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import LiteralString, cast

import msgspec

_PLACEHOLDER = re.compile(r"\$(\d+)")
# Marks the place of a parameter until the statement is complete. No SQL has this character.
_MARK = "\0"


class Param:
    """The value of a parameter. A `Param` that is used twice in a statement is one parameter."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class Sql(msgspec.Struct, frozen=True):
    """Text, and the parameters at its marks. Text is `LiteralString`, so a value of a request does not type-check."""

    text: LiteralString = ""
    parameters: tuple[Param, ...] = ()

    def statement(self) -> "Statement":
        """The complete statement, with parameters numbered from `$1`."""
        numbers: dict[int, str] = {}
        sent: list[Param] = []
        pieces = self.text.split(_MARK)
        numbered: list[str] = [pieces[0]]
        for param, piece in zip(self.parameters, pieces[1:], strict=True):
            # the same list in several parameters is sent once, as lists may be long
            same = id(param.value if isinstance(param.value, list) else param)
            if same not in numbers:
                sent.append(param)
                numbers[same] = f"${len(sent)}"
            numbered += (numbers[same], piece)
        return Statement("".join(numbered), tuple(sent))

    def render(self) -> tuple[str, list[object]]:
        """The statement, numbered from `$1`, and the values of its parameters."""
        statement = self.statement()
        return statement.text, statement.values({})


class Statement(msgspec.Struct, frozen=True):
    """What is sent to the database. It can be sent again, with other values for some of its parameters."""

    text: str
    parameters: tuple[Param, ...]

    def values(self, given: Mapping[Param, object]) -> list[object]:
        return [given.get(param, param.value) for param in self.parameters]


def sql(text: LiteralString, *values: object) -> Sql:
    """A fragment in which `$1`, `$2`, … are `values`. A `Param` among them is shared with other fragments."""
    marked, numbers = _marked(text)
    params = [value if isinstance(value, Param) else Param(value) for value in values]
    return Sql(marked, tuple([params[number - 1] for number in numbers]))


@lru_cache(maxsize=4096)
def _marked(text: LiteralString) -> tuple[LiteralString, tuple[int, ...]]:
    marked = cast("LiteralString", _PLACEHOLDER.sub(_MARK, text))
    return marked, tuple(int(number) for number in _PLACEHOLDER.findall(text))


def parameter(value: object, cast: LiteralString) -> Sql:
    """A fragment that is one parameter of a type. A `Param` is shared with other fragments."""
    return Sql(f"{_MARK}::{cast}", (value if isinstance(value, Param) else Param(value),))


def fill(template: LiteralString, *pieces: LiteralString | Sql) -> Sql:
    """`template` with the pieces in place of its `{}`."""
    texts: list[LiteralString] = []
    parameters: tuple[Param, ...] = ()
    for piece in pieces:
        if isinstance(piece, Sql):
            texts.append(piece.text)
            parameters += piece.parameters
        else:
            texts.append(piece)
    return Sql(template.format(*texts), parameters)


def join(separator: LiteralString, pieces: Iterable[Sql]) -> Sql:
    kept = list(pieces)
    return Sql(
        separator.join([piece.text for piece in kept]),
        tuple([param for piece in kept for param in piece.parameters]),
    )


EMPTY = Sql()
TRUE = Sql("true")
FALSE = Sql("false")


def conjunction(conditions: Iterable[Sql]) -> Sql:
    """All of `conditions`. With `FALSE` among them it is `FALSE`, so that nobody need ask the database."""
    return _combined(conditions, " and ", neutral=TRUE, absorbing=FALSE)


def disjunction(conditions: Iterable[Sql]) -> Sql:
    """Any of `conditions`."""
    return _combined(conditions, " or ", neutral=FALSE, absorbing=TRUE)


def _combined(conditions: Iterable[Sql], word: LiteralString, *, neutral: Sql, absorbing: Sql) -> Sql:
    kept: list[Sql] = []
    for condition in conditions:
        if condition.text == absorbing.text:
            return absorbing
        if condition.text != neutral.text:
            kept.append(condition)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else fill("({})", join(word, kept))
