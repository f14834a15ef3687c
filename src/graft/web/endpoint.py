"""An endpoint as a slice declares it: all that routing, the stages of a request and the OpenAPI document know of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from graft.config import Settings
from graft.web.context import Process
from graft.web.needs import Need

Operation = Callable[..., Awaitable[Any]]
PathId = Callable[[str, Process], Any]

_READERS = frozenset({"GET", "HEAD"})


def default_body_limit(settings: Settings) -> int:
    return settings.max_body


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: what it takes, what it gives, and the operation between.

    The operation is called with its context, then the id of the path if there is one, then `query` and `body` by name.
    What is slow and needs no transaction is done by `prepare`, which runs before it with a `PrepareContext` and the
    same arguments; the operation is given its result, as `prepared`, in place of the body.
    """

    method: str
    path: str
    operation: Operation
    summary: str
    response: Any
    status: int = 200
    # other replies that it may give, by their types, with the status of each
    also: Mapping[type[msgspec.Struct], int] = field(default_factory=dict[type[msgspec.Struct], int])

    # What it takes. The id in the path: its prefix, or a function that reads it.
    path_id: str | PathId | None = None
    # whether the path goes on behind the id and ends in `{slug}`, any text, which is given to the operation next
    path_slug: bool = False
    query: type[msgspec.Struct] | None = None
    # list endpoints read their parameters themselves: the names, for the OpenAPI document
    list_resource: Any = None
    # further parameters of a list whose operation is no `ListEndpoint` itself
    list_options: Any = None
    body: type[msgspec.Struct] | None = None
    body_optional: bool = False
    # a body that is a document of its own rather than JSON of a struct is given as bytes
    body_raw: bool = False
    body_limit: Callable[[Settings], int] = default_body_limit
    prepare: Operation | None = None
    # whether an operation that reads does slow work of its own: it is given a `PrepareContext`, and so has a connection
    # only while it asks something
    computes: bool = False

    # Who may call it, and what that means for others. Publishable keys sit in browsers.
    publishable: bool = False
    # what a caller must have, or its body is not read
    needs: Need | None = None
    # whether it changes who a token's caller is, or what somebody may do; nobody takes the caller's own meanwhile
    changes_callers: bool = False
    # whether its reply carries a secret
    reveals: bool = False

    # whether it is sure to take moments: it reads one row by its id
    brief: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "brief", not self.writes and self.path.endswith("/{id}"))

    def status_of(self, result: Any) -> int:
        return self.also.get(type(result), self.status) if self.also else self.status

    @property
    def writes(self) -> bool:
        return self.method not in _READERS
