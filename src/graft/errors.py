"""The errors that a caller is told of, by family. Only `web/` knows which status a family becomes.

GraftError
├── Unauthenticated   it is not known who calls
├── Forbidden         the caller sees the object, but may not do this
├── NotFound          the object does not exist, or the caller may not see it: nobody can tell which
├── Invalid           the request is wrong; every problem is named with its place
├── Conflict          the request is right, but the present state forbids it
├── TooLarge          a body or document is over its limit
├── Unsupported       the media type is not one that is read
├── TooMany           the caller has too much under way at once; it may try again
└── Unavailable       the database is away; the caller may try again
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

JsonValue = str | int | bool | list[str] | None


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request."""

    pointer: Annotated[str, Meta(description="Where: an RFC 6901 pointer into the body, or the name of a parameter.")]
    code: Annotated[str, Meta(description="What is wrong; it stays the same.")]
    detail: Annotated[str, Meta(description="What is wrong, for people.")]

    def under(self, place: str) -> "Problem":
        """The same problem, seen from the root of a document that has the value at the pointer `place`."""
        return Problem(place + self.pointer, self.code, self.detail)


class GraftError(Exception):
    """A failure that a caller is told of.

    `code` is stable, `detail` a sentence for people. `extra` are further keys of the reply. An error without a code of
    its own has `family_code`.
    """

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
    """The object is absent, or invisible to the caller. It has no detail, so that the two look alike."""

    family_code = "not-found"

    def __init__(self) -> None:
        super().__init__("There is nothing here, or you may not see it.")


class Invalid(GraftError):
    """The request is wrong; `problems` has everything that is, each with its place."""

    family_code = "invalid-request"


class Conflict(GraftError):
    family_code = "conflict"


class TooLarge(GraftError):
    family_code = "too-large"


class Unsupported(GraftError):
    family_code = "unsupported-media-type"


class TooMany(GraftError):
    family_code = "too-many-requests"


class Unavailable(GraftError):
    family_code = "unavailable"


def invalid(pointer: str, code: str, detail: str) -> Invalid:
    """An `Invalid` with one problem."""
    return Invalid(detail, problems=[Problem(pointer, code, detail)])


def raise_if_any(problems: Iterable[Problem], detail: str = "The request has problems.") -> None:
    """Raise one `Invalid` with all `problems`, if there are any. The detail of a single one replaces `detail`."""
    found = list(problems)
    if found:
        raise Invalid(detail if len(found) > 1 else found[0].detail, problems=found)
