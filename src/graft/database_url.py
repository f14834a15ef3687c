"""What is wrong with the address of a database, in words that hold no part of it: it may be one of the password."""

import re
from collections.abc import Iterator

_ENCODE = (
    "Characters that mean something in an address are percent-encoded in a user name or password: # is %23, / is %2F,"
    " ? is %3F, @ is %40, [ is %5B, ] is %5D"
)
_PARTS = re.compile(r"postgres(?:ql)?://(?P<authority>[^/?]*)(?P<path>[^?]*)(?:\?(?P<query>.*))?")
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^:\[\]]+)(?::(?P<port>.*))?")
_MOST_PORT = 65_535
_BAD_PORT = f"has a port that is no number from 1 to {_MOST_PORT}"


def what_is_wrong(url: str) -> str | None:
    """A phrase on `postgresql://user:password@host:port/database?parameters`; None if the driver takes it.

    The driver splits an address where a password may have the same characters, and quotes the pieces in its messages.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        return "must start with postgresql://"
    found = next(_wrong(url), None)
    return None if found is None else f"{found}. {_ENCODE}"


def _wrong(url: str) -> Iterator[str]:
    parts = _PARTS.fullmatch(url)
    if parts is None or "#" in url or not url.isprintable() or " " in url:
        yield "has a # or a blank in it"
        return

    login, _, hosts = parts["authority"].rpartition("@")
    if "@" in login or "@" in parts["path"]:
        yield "has more than one @, or a / or ? before it"
    if "[" in login or "]" in login:
        yield "has a [ or ] before the @"
    if not parts["authority"].isascii():
        yield "has a letter that is not of ASCII: it is written as the %XX of its bytes in UTF-8"
    # one host may be left out, but none of several
    for host in hosts.split(",") if hosts else ():
        yield from _wrong_host(host)
    for parameter in parts["query"].split("&") if parts["query"] else ():
        yield from _wrong_parameter(parameter)


def _wrong_host(text: str) -> Iterator[str]:
    found = _HOST.fullmatch(text)
    if found is None:
        yield "has a host that is none"
    elif found["port"] and not _is_port(found["port"]):
        yield _BAD_PORT


def _wrong_parameter(text: str) -> Iterator[str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        yield "has a parameter that is not name=value"
    elif name == "port" and not all(_is_port(port) for port in value.split(",")):
        yield _BAD_PORT


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_PORT)) and 0 < int(text) <= _MOST_PORT
