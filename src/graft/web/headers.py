"""The headers that decide how a request is read: they stand once, and say what Graft can do."""

from starlette.types import Scope

from graft.errors import Invalid, Problem, Unmet

# Of two of them a proxy may follow the one and Graft the other.
_ONCE = frozenset({b"authorization", b"host", b"content-type", b"content-encoding"})
# How the HTTP server calls HTTP/1.0, in which there need not be a Host.
_OLD = frozenset({"1", "1.0"})


def check_headers(scope: Scope) -> None:
    """`Invalid` with the headers that decide and stand twice, or are missing; `Unmet` for what is expected of Graft."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    found = [name for name, _ in headers]
    names = set(found)
    if len(names) < len(found):
        _refuse_repeated(found)

    # the HTTP server puts an empty one where there is none
    if (b"host" not in names or (b"host", b"") in headers) and scope["http_version"] not in _OLD:
        problem = Problem("Host", "missing-header", "HTTP/1.1 asks for this header.")
        raise Invalid("There is no Host header.", problems=[problem])
    if b"expect" in names and any(value.lower() != b"100-continue" for name, value in headers if name == b"expect"):
        raise Unmet("The only thing that can be expected is 100-continue.")


def _refuse_repeated(found: list[bytes]) -> None:
    repeated = sorted(name for name in _ONCE if found.count(name) > 1)
    if repeated:
        raise Invalid(
            "Headers that decide how the request is read stand more than once.",
            problems=[
                Problem(name.decode().title(), "repeated-header", "The header stands more than once.")
                for name in repeated
            ],
        )
