"""What can be wrong with the query of a list: each problem has a place, a parameter's name and a JSON pointer."""

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong. `place`: `limit`, `filter/AND/0/name`; `code` is stable; `detail` is for people."""

    place: str
    code: str
    detail: str


class ListingError(Exception):
    """The query is wrong; `problems` names everything that is."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.place}: {problem.detail}" for problem in self.problems))


class InvalidCursor(ListingError):
    """The cursor was changed, or made for another caller, list, filter or order."""


class Rejected(Exception):
    """A value is not what it should be; whoever knows its place makes a `Problem` of it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    def at(self, *path: str | int) -> Problem:
        return Problem(place(*path), self.code, self.detail)


def place(parameter: str | int, *path: str | int) -> str:
    """A parameter's name and the RFC 6901 pointer into its value, in text that any reply can carry."""
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return encodable(f"{parameter}{pointer}")


def encodable(text: str) -> str:
    """`text` with U+FFFD for lone surrogates, which no reply can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown(text: str) -> str:
    """`text` between quotes for a sentence: short, and on one line."""
    short = text if len(text) <= 60 else text[:60] + "…"
    return '"' + encodable(short) + '"'
