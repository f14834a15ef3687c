"""What can be wrong with the query of a list: each problem has a place, a parameter's name and a JSON pointer."""

from collections.abc import Iterable

from graft.errors import Problem
from graft.jsontext import pointer, printable


class ListingError(Exception):
    """The query is wrong; `problems` names everything that is, by pointers like `limit` and `filter/AND/0/name`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems))


class InvalidCursor(ListingError):
    """The cursor was changed, or made for another caller, list, filter or order."""


class Rejected(Exception):
    """A value is not what it should be; whoever knows its place makes a `Problem` of it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    def at(self, parameter: str | int, *path: str | int) -> Problem:
        return Problem(place(parameter, *path), self.code, self.detail)


def place(parameter: str | int, *path: str | int) -> str:
    """A parameter's name and the RFC 6901 pointer into its value, in text that any reply can carry."""
    return printable(str(parameter)) + pointer(*path)


def shown(text: str) -> str:
    """`text` between quotes for a sentence: short, and on one line."""
    short = text if len(text) <= 60 else text[:60] + "…"
    return '"' + printable(short) + '"'
