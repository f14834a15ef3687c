"""The errors that a caller is told of, by family. Only `web/` knows which status a family becomes.

GraftError
├── Unauthenticated   it is not known who calls
├── Forbidden         the caller sees the object, but may not do this
├── NotFound          the object does not exist, or the caller may not see it: nobody can tell which
├── Invalid           the request is wrong; every problem is named with its place
├── Conflict          the request is right, but the present state forbids it
├── TooLarge          a body or document is over its limit
├── TargetTooLong     the path or the query is
├── Unsupported       the media type is not one that is read
├── Unmet             the request expects of the server what it does not do
├── TooMany           the caller has too much under way at once; it may try again
└── Unavailable       the database is away; the caller may try again
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

JsonValue = str | int | bool | list[str] | msgspec.Struct | None

# What one reply tells of problems at most: so many, and so many bytes of them as JSON. What else stands in a problem
# document has room beside them in 256 KiB.
MAX_PROBLEMS = 1_000
MAX_PROBLEM_BYTES = 240 * 1024
# Characters of one pointer and of one sentence.
MAX_TEXT = 1_000
_MARK = " … "

_encoder = msgspec.json.Encoder()


def cut(text: str) -> str:
    """`text`, or where it has more than 1,000 characters its beginning and its end, with a mark between."""
    if len(text) <= MAX_TEXT:
        return text
    kept = MAX_TEXT - len(_MARK)
    return text[: kept // 2] + _MARK + text[kept // 2 - kept :]


class Problem(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that is wrong with a request. A pointer or detail of more than 1,000 characters is cut.

    Of what is wrong inside the definition of a draft's member it says besides in which one and where: the pointer leads
    into the body or the draft, where that definition does not stand.
    """

    pointer: Annotated[str, Meta(description="Where: an RFC 6901 pointer into the body, or the name of a parameter.")]
    code: Annotated[str, Meta(description="What is wrong; it stays the same.")]
    detail: Annotated[str, Meta(description="What is wrong, for people.")]
    member: Annotated[str, Meta(description="The slug of the draft's member that it is about.")] | UnsetType = UNSET
    definition_pointer: (
        Annotated[str, Meta(description="Where in that member's definition: an RFC 6901 pointer.")] | UnsetType
    ) = UNSET
    variable: Annotated[str, Meta(description="The variable that it is about.")] | UnsetType = UNSET

    def __post_init__(self) -> None:
        for name in ("pointer", "detail", "definition_pointer"):
            text = getattr(self, name)
            if text is not UNSET and len(text) > MAX_TEXT:
                msgspec.structs.force_setattr(self, name, cut(text))

    def under(self, place: str) -> "Problem":
        """The same problem, seen from the root of a document that has the value at the pointer `place`."""
        pointer = place + self.pointer
        return Problem(pointer, self.code, self.detail, self.member, self.definition_pointer, self.variable)


class Problems:
    """Collects what is wrong with one request under one budget: `most` problems, and `room` bytes of them as JSON.

    A source is an iterator that looks for a problem when it is asked for the next one. It is asked until the budget is
    spent, and once more to learn whether there is more. So beyond the budget nothing is built and nobody searches, and
    `left_out` says how many there are at least that are not here.
    """

    def __init__(
        self, found: Iterable[Problem] = (), *, most: int = MAX_PROBLEMS, room: int = MAX_PROBLEM_BYTES
    ) -> None:
        self.found: list[Problem] = []
        self.left_out = 0
        self._most = most
        self._room = room
        if found:
            self.take(found)

    @property
    def full(self) -> bool:
        """Whether something was left out, so that no search is worth its while."""
        return self.left_out > 0

    def take(self, source: "Iterable[Problem] | Problems", under: str = "") -> Self:
        """Add what a source finds, seen from a document that has it at the pointer `under`."""
        collected = isinstance(source, Problems)
        if collected or not self.full:
            for problem in source:
                self.add(problem.under(under) if under else problem)
                # what is built already is counted to its end
                if self.full and not collected:
                    break
        if collected:
            self.left_out += source.left_out
        return self

    def add(self, problem: Problem) -> None:
        """Add one problem, or count it where the budget is spent."""
        if self.full or not self._pays(problem):
            self.left_out += 1
        else:
            self.found.append(problem)

    def names(self, names: Sequence[str]) -> list[str]:
        """As many of the names as the rest of the budget has room for; they stand in a reply beside the problems."""
        kept: list[str] = []
        for name in names:
            if not self._pays(cut(name)):
                self.left_out += len(names) - len(kept)
                break
            kept.append(cut(name))
        return kept

    def _pays(self, told: Problem | str) -> bool:
        """Take what is told from the budget, if it has room for it."""
        # with the comma behind it
        size = len(_encoder.encode(told)) + 1
        if self._most < 1 or self._room < size:
            return False
        self._most -= 1
        self._room -= size
        return True

    def __bool__(self) -> bool:
        return bool(self.found) or self.full

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)


class GraftError(Exception):
    """A failure that a caller is told of.

    `code` is stable, `detail` a sentence for people. `extra` are further keys of the reply. An error without a code of
    its own has `family_code`. The names in lists of `extra` are told under the budget of the problems.
    """

    family_code: ClassVar[str] = "error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        problems: Iterable[Problem] | Problems = (),
        extra: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.detail = cut(detail)
        self.code = code or self.family_code
        self.problems = problems if isinstance(problems, Problems) else Problems(problems)
        self.extra = {
            key: self.problems.names(value) if isinstance(value, list) else value
            for key, value in (extra or {}).items()
        }
        super().__init__(self.detail)


class Unauthenticated(GraftError):
    family_code = "unauthenticated"


class Forbidden(GraftError):
    family_code = "forbidden"


class NotFound(GraftError):
    """The object is absent, or invisible to the caller. It has no detail, so that the two look alike."""

    family_code = "not-found"

    def __init__(self) -> None:
        super().__init__("There is nothing here, or you may not see it.")


class Invalid(GraftError):
    """The request is wrong; `problems` has everything that is, each with its place."""

    family_code = "invalid-request"

    def under(self, place: str) -> "Invalid":
        """The same error, seen from the root of a document that has what is wrong at the pointer `place`."""
        return Invalid(self.detail, code=self.code, problems=Problems().take(self.problems, place))


class Conflict(GraftError):
    family_code = "conflict"


class TooLarge(GraftError):
    family_code = "too-large"


class Unsupported(GraftError):
    family_code = "unsupported-media-type"


class TargetTooLong(GraftError):
    family_code = "uri-too-long"


class Unmet(GraftError):
    family_code = "expectation-failed"


class TooMany(GraftError):
    family_code = "too-many-requests"


class Unavailable(GraftError):
    family_code = "unavailable"


def invalid(pointer: str, code: str, detail: str) -> Invalid:
    """An `Invalid` with one problem."""
    return Invalid(detail, problems=[Problem(pointer, code, detail)])


def raise_if_any(problems: Iterable[Problem] | Problems, detail: str = "The request has problems.") -> None:
    """Raise one `Invalid` with what `problems` has, if anything. The detail of a single one replaces `detail`."""
    told = problems if isinstance(problems, Problems) else Problems(problems)
    if told:
        raise Invalid(told.found[0].detail if len(told) == 1 and not told.full else detail, problems=told)
