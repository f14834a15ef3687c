"""The sites whose pages may use a publishable key, as browsers name them: scheme, host, and an unusual port."""

import re
from collections.abc import Iterator, Sequence

from graft.errors import Problem
from graft.jsontext import pointer
from graft.workspaces.models import ORIGIN

_ORIGIN = re.compile(ORIGIN)
_USUAL = {"http": 80, "https": 443}
_LAST_PORT = 65_535


def origin_problems(origins: Sequence[str]) -> Iterator[Problem]:
    """`invalid-origin` for each that no browser sends."""
    for at, origin in enumerate(origins):
        detail = _wrong(origin)
        if detail is not None:
            yield Problem(pointer("origins", at), "invalid-origin", detail)


def _wrong(origin: str) -> str | None:
    if not _ORIGIN.match(origin):
        return (
            "An origin is a scheme and a host, in small letters, with a port if it is not the usual one, and nothing"
            " behind it: https://www.example.com, or http://localhost:3000."
        )
    scheme, _, rest = origin.partition("://")
    # the last colon that is none of an IPv6 address
    port = re.search(r":([0-9]+)\Z", rest.rpartition("]")[2] if "]" in rest else rest)
    if port is None:
        return None
    if int(port[1]) == _USUAL[scheme]:
        return f"Browsers leave out the usual port of {scheme}: write it without :{port[1]}."
    if not 0 < int(port[1]) <= _LAST_PORT or port[1][0] == "0":
        return f"There is no port {port[1]}."
    return None


def distinct(origins: Sequence[str]) -> list[str]:
    """As they were given, each once."""
    return list(dict.fromkeys(origins))
