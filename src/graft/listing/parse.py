"""Parse the parameters of a list: numbers and JSON are read, but no name is looked up yet."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeVar, cast

from graft.errors import Invalid, Problem, Problems
from graft.jsontext import Json, StrictReader, text_problem
from graft.listing.errors import ListingError, Rejected, place
from graft.listing.query import Deleted, Paging
from graft.listing.resource import PARAMETERS

MAX_LIMIT = 100
MAX_IDS = 1_000
# In bytes of UTF-8: of one parameter; and of `ids`, in which a thousand ids of the longest prefix fit.
MAX_TEXT = 16 * 1024
_MAX_IDS_TEXT = 64 * 1024

_T = TypeVar("_T")
PAGING = frozenset({"limit", "after", "before"})
_LIMIT = re.compile(r"[0-9]{1,9}")
_MAX_STRING = 1_024
_JSON = StrictReader(text=_MAX_STRING)


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of a list, parsed. `problems` are those so far: `resolve` reports them together with its own."""

    limit: int = MAX_LIMIT
    after: str | None = None
    before: str | None = None
    ids: tuple[str, ...] | None = None
    deleted: Deleted = "false"
    shorthands: tuple[tuple[str, str], ...] = ()
    filter: dict[str, Json] | None = None
    order: list[Json] = field(default_factory=list[Json])
    problems: Problems = field(default_factory=Problems)


def parse(pairs: Iterable[tuple[str, str]], shorthands: Collection[str] = ()) -> Request:
    """The request in `pairs`, the decoded names and values of a query string. It never raises."""
    problems = Problems()
    given = _singles(pairs, PARAMETERS | set(shorthands), problems)
    paging = _paging(given, problems)

    def take(name: str, read_value: Callable[[str], _T], default: _T) -> _T:
        return _take(given, name, read_value, default, problems)

    return Request(
        limit=paging.limit,
        after=paging.after,
        before=paging.before,
        ids=take("ids", _ids, None),
        deleted=take("include_deleted", _deleted, "false"),
        shorthands=tuple((name, take(name, _shorthand, "")) for name in shorthands if name in given),
        filter=take("filter", _filter, None),
        order=take("orderBy", _order, []),
        problems=problems,
    )


def read_paging(pairs: Iterable[tuple[str, str]]) -> Paging:
    """The paging in `pairs` with no other parameters. Raises `ListingError` with every problem."""
    problems = Problems()
    paging = _paging(_singles(pairs, PAGING, problems), problems)
    if problems:
        raise ListingError(problems)
    return paging


def _paging(given: Mapping[str, str], problems: Problems) -> Paging:
    limit = _take(given, "limit", _limit, MAX_LIMIT, problems)
    after = _take(given, "after", _same, None, problems)
    before = _take(given, "before", _same, None, problems)
    if "after" in given and "before" in given:
        problems.add(Problem("before", "conflicting-parameters", "A page is after one row or before one, not both."))
    return Paging(limit, after, before)


def _take(given: Mapping[str, str], name: str, read_value: Callable[[str], _T], default: _T, problems: Problems) -> _T:
    if name not in given:
        return default
    try:
        _check_size(given[name], _MAX_IDS_TEXT if name == "ids" else MAX_TEXT)
        return read_value(given[name])
    except Rejected as error:
        problems.add(error.at(name))
    except ListingError as error:
        problems.take(error.problems)
    return default


def _without_style(name: str) -> str:
    """The same text for `workspace_id` and `workspaceId`."""
    return name.replace("_", "").lower()


def _singles(pairs: Iterable[tuple[str, str]], known: AbstractSet[str], problems: Problems) -> dict[str, str]:
    """The parameters by name. Unknown and repeated ones are problems."""
    given: dict[str, str] = {}
    repeated: set[str] = set()
    unknown = _UnknownParameters(known)

    for name, value in pairs:
        if problems.full:
            break
        if name not in given:
            given[name] = value
            if name not in known:
                problems.add(unknown.problem(name[:100]))
        elif name not in repeated:
            repeated.add(name)
            problems.add(Problem(place(name[:100]), "repeated-parameter", "A parameter is given once."))
    return given


class _UnknownParameters:
    """Makes the problems of unknown parameters. Each names the known one that is alike, or, once, all known ones."""

    def __init__(self, known: AbstractSet[str]) -> None:
        self._known = known
        self._alike: dict[str, str] = {}
        self._listed = False

    def problem(self, name: str) -> Problem:
        if not self._alike:
            self._alike = {_without_style(other): other for other in self._known}

        alike = self._alike.get(_without_style(name))
        if alike is not None:
            hint = f" Did you mean {alike}?"
        else:
            # once: a thousand unknown parameters would make a thousand such lists
            hint = "" if self._listed else f" There are: {', '.join(sorted(self._known))}."
            self._listed = True
        return Problem(place(name), "unknown-parameter", f"This list has no such parameter.{hint}")


def _check_size(text: str, size: int) -> None:
    if len(text) > size or len(text.encode("utf-8", "surrogatepass")) > size:
        raise Rejected("too-long", f"A parameter has at most {size:,} bytes.")


def _same(text: str) -> str:
    return text


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text):
        raise Rejected("invalid-value", "A whole number is expected.")
    if not 1 <= int(text) <= MAX_LIMIT:
        raise Rejected("out-of-range", f"A page has 1 to {MAX_LIMIT} rows.")
    return int(text)


def _ids(text: str) -> tuple[str, ...]:
    ids = tuple([part.strip() for part in text.split(",")]) if text else ()
    if len(ids) > MAX_IDS:
        raise Rejected("too-many", f"At most {MAX_IDS:,} ids can be asked for.")
    return ids


def _deleted(text: str) -> Deleted:
    if text not in {"false", "true", "only"}:
        raise Rejected("unknown-value", "include_deleted is false, true or only.")
    return cast("Deleted", text)


def _shorthand(text: str) -> str:
    unstorable = text_problem(text)
    if unstorable is not None:
        raise Rejected("invalid-text", unstorable)
    if len(text) > _MAX_STRING:
        raise Rejected("too-long", f"A text has at most {_MAX_STRING:,} characters.")
    return text


def _json(text: str, parameter: str) -> Json:
    try:
        return _JSON.read(text)
    except Invalid as error:
        raise ListingError(Problems().take(error.problems, parameter)) from None


def _filter(text: str) -> dict[str, Json]:
    tree = _json(text, "filter")
    if not isinstance(tree, dict):
        raise Rejected("wrong-type", "A filter is a JSON object.")
    return tree


def _order(text: str) -> list[Json]:
    tree = _json(text, "orderBy")
    if not isinstance(tree, list):
        raise Rejected("wrong-type", 'An order is a JSON array, like [{"name": "asc"}].')
    return tree
