"""Check URLs that people are sent to or that browsers load: https only. The server never fetches one."""

import ipaddress
import re

_MAX_URL = 2_048
_MAX_PORT = 65_535
_CHARACTERS = re.compile(
    r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*"
)  # RFC 3986; `\` and spaces are read differently by all
_PARTS = re.compile(r"(?i:https)://(?P<authority>[^/?#]*)(?:[/?#].*)?")
_AUTHORITY = re.compile(r"(?P<host>[^:\[\]]+|\[[^\[\]]*\])(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def https_url_problem(text: str) -> str | None:
    """A sentence that says why `text` is no https URL; None if it is one."""
    if len(text) > _MAX_URL:
        return f"A URL has at most {_MAX_URL:,} characters."
    if not _CHARACTERS.fullmatch(text):
        return "The URL holds characters that a URL must percent-encode."
    parts = _PARTS.fullmatch(text)
    return _authority_problem(parts["authority"]) if parts else "The URL must start with https://."


def _authority_problem(text: str) -> str | None:
    if "@" in text:
        return "The URL may not carry a user name or password."
    authority = _AUTHORITY.fullmatch(text)
    if not authority or not _is_host(authority["host"]):
        return "The URL names no host."
    return "The port of the URL is out of range." if int(authority["port"] or 0) > _MAX_PORT else None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return False
        return True
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split("."))
