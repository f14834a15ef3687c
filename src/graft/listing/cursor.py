"""Cursors: the order keys of one row, signed together with the list, filter, order and caller that they belong to."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from graft.errors import Problem
from graft.listing.errors import InvalidCursor
from graft.listing.query import Keys, Query

_MAC_BYTES = 16


def binding(query: Query[Any], caller: str) -> bytes:
    """A digest of caller, list, filter and order. A cursor is valid for these alone."""
    bound = msgspec.json.encode((1, caller, query.resource.name, query.identity))
    return hashlib.sha256(bound).digest()


def write_cursor(keys: Keys, values: Sequence[Any], *, key: bytes, bound: bytes) -> str:
    """The cursor of the row whose order keys are `values`; `bound` is its `binding`.

    It is signed, not encrypted: the caller has seen the values in it.
    """
    dumped = [
        None if value is None else order_key.field.scalar.dump(value)
        for order_key, value in zip(keys, values, strict=True)
    ]
    payload = msgspec.json.encode(dumped)
    return _encoded(_mac(key, bound, payload) + payload)


def read_cursor(parameter: str, text: str, keys: Keys, *, key: bytes, bound: bytes) -> list[Any]:
    """The order keys in a cursor that was written with the same `keys`, `key` and `bound`.

    Raises `InvalidCursor` for any other text, at `parameter`.
    """
    payload = _payload(text, key, bound)
    if payload is not None:
        try:
            return _loaded(keys, msgspec.json.decode(payload, type=list[Any]))
        except (ValueError, TypeError, ArithmeticError, msgspec.MsgspecError):
            pass  # it is signed, but a field has changed its type since
    detail = "This is no cursor of this list, filter and order. Start again without one."
    raise InvalidCursor([Problem(parameter, "invalid-cursor", detail)])


def _payload(text: str, key: bytes, bound: bytes) -> bytes | None:
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    # Base64 ignores the last bits of its last character, so one cursor has several spellings: only one is accepted.
    valid = _encoded(raw) == text and hmac.compare_digest(mac, _mac(key, bound, payload))
    return payload if valid else None


def _loaded(keys: Keys, values: list[Any]) -> list[Any]:
    return [
        None if value is None and key.field.nullable else key.field.scalar.load(value)
        for key, value in zip(keys, values, strict=True)
    ]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(key: bytes, bound: bytes, payload: bytes) -> bytes:
    # Keyed BLAKE2b is a MAC by itself. HMAC-SHA-256 would take ten times as long, 25 µs a page.
    return hashlib.blake2b(bound + payload, digest_size=_MAC_BYTES, key=key).digest()
