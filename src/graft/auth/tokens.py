"""Tokens: a prefix, 30 random base62 characters, and their CRC-32 in 6 more. The database has only a keyed hash."""

import hmac
import re
import secrets
import string
import zlib
from typing import Literal

Kind = Literal["secret", "publishable", "session"]

PREFIXES: dict[Kind, str] = {"secret": "sec", "publishable": "pub", "session": "tok"}
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHAPE = re.compile(r"(sec|pub|tok)_[0-9A-Za-z]{36}")
_KINDS: dict[str, Kind] = {prefix: kind for kind, prefix in PREFIXES.items()}


def new_token(kind: Kind) -> str:
    """A new token with 178 bits of randomness."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(30))
    return f"{PREFIXES[kind]}_{body}{_checksum(body)}"


def kind_of(token: str) -> Kind | None:
    """The kind of a token; None if its form or checksum is wrong, so that a mistyped one costs no query."""
    if not _SHAPE.fullmatch(token):
        return None
    prefix, _, body = token.partition("_")
    return _KINDS[prefix] if body[30:] == _checksum(body[:30]) else None


def token_hash(key: bytes, token: str) -> bytes:
    """HMAC-SHA-256 of the token. A slow password hash would add nothing to 178 random bits."""
    return hmac.digest(key, token.encode(), "sha256")


def token_hint(token: str) -> str:
    """What is shown of a token later: the prefix and the last four characters."""
    return f"{token[:4]}…{token[-4:]}"


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits: list[str] = []
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
