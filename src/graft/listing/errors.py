"""The errors of a list's query. The place of a problem is a parameter's name and a JSON pointer into its value."""

from collections.abc import Iterable

from graft.errors import Problem, Problems
from graft.jsontext import printable, short_pointer


class ListingError(Exception):
    """The query is wrong; `problems` has everything that is, with pointers like `limit` and `filter/AND/0/name`."""

    def __init__(self, problems: Iterable[Problem] | Problems) -> None:
        self.problems = problems if isinstance(problems, Problems) else Problems(problems)
        super().__init__("; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems))


class InvalidCursor(ListingError):
    """The cursor was changed, or made for another caller, list, filter or order."""


class Rejected(Exception):
    """A value is wrong. Whoever catches it knows the place, and makes a `Problem` of it (`at`)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    def at(self, parameter: str | int, *path: str | int) -> Problem:
        return Problem(place(parameter, *path), self.code, self.detail)


def place(parameter: str | int, *path: str | int) -> str:
    """A parameter's name and the RFC 6901 pointer into its value, without characters that a reply cannot have."""
    return printable(str(parameter)) + short_pointer(*path)


def shown(text: str) -> str:
    """The text in quotes for a message: shortened, and on one line."""
    short = text if len(text) <= 60 else text[:60] + "…"
    return '"' + printable(short) + '"'
