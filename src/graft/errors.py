"""The error tree: what can go wrong, by family; `web/` alone knows which status a family becomes.

GraftError
├── Unauthenticated   who calls is unknown
├── Forbidden         the caller sees it but may not do it
├── NotFound          it does not exist, or the caller may not see it: the two are one
├── Invalid           the request is wrong; carries every problem with its place
├── Conflict          the request is right, the present state forbids it
├── TooLarge          body or document over its limit
├── Unsupported       media type
└── Unavailable       the database is away; try again
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

JsonValue = str | int | bool | list[str] | None


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: `pointer` is an RFC 6901 pointer into the body, or the name of a parameter."""

    pointer: Annotated[str, Meta(description="Where: an RFC 6901 pointer into the body, or the name of a parameter.")]
    code: Annotated[str, Meta(description="What is wrong; it stays the same.")]
    detail: Annotated[str, Meta(description="What is wrong, for people.")]

    def under(self, place: str) -> "Problem":
        """The same problem, told of what holds the value at `place`."""
        return Problem(place + self.pointer, self.code, self.detail)


class GraftError(Exception):
    """A failure that a caller is told of: `code` is stable, `detail` is for people."""

    family_code: ClassVar[str] = "error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        problems: Sequence[Problem] = (),
        extra: dict[str, JsonValue] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.family_code
        self.problems = tuple(problems)
        self.extra = extra or {}


class Unauthenticated(GraftError):
    family_code = "unauthenticated"


class Forbidden(GraftError):
    family_code = "forbidden"


class NotFound(GraftError):
    """Absent, or invisible to the caller. Carries no detail of its own, so that both look alike."""

    family_code = "not-found"

    def __init__(self) -> None:
        super().__init__("There is nothing here, or you may not see it.")


class Invalid(GraftError):
    """The request is wrong; `problems` names everything that is, each with its place."""

    family_code = "invalid-request"


class Conflict(GraftError):
    family_code = "conflict"


class TooLarge(GraftError):
    family_code = "too-large"


class Unsupported(GraftError):
    family_code = "unsupported-media-type"


class Unavailable(GraftError):
    family_code = "unavailable"


def invalid(pointer: str, code: str, detail: str) -> Invalid:
    """An `Invalid` of one problem."""
    return Invalid(detail, problems=[Problem(pointer, code, detail)])


def raise_if_any(problems: Iterable[Problem], detail: str = "The request has problems.") -> None:
    """Raise one `Invalid` that lists `problems`, if there are any."""
    found = list(problems)
    if found:
        raise Invalid(detail if len(found) > 1 else found[0].detail, problems=found)
