"""Ids: UUIDv7 in the database, a prefix and 26 characters of Crockford base32 on the wire (the TypeID encoding).

Inside the program an id is its 26 characters (`Id`); the edge adds and checks the prefix.
"""

import re
from collections.abc import Callable, Iterable
from typing import NewType

import uuid_utils
from typeid import _base32  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]

Id = NewType("Id", str)

SUFFIX = r"[0-7][0-9a-hjkmnp-tv-z]{25}"
_SUFFIX = re.compile(SUFFIX)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}

# The 26 characters of a UUID's 16 bytes. Bare, as each id in each row passes through it.
encode: Callable[[bytes], Id] = _base32.encode


def new_id() -> Id:
    """A fresh id; ids made later sort later."""
    return encode(uuid_utils.uuid7().bytes)


def new_ids(count: int) -> list[Id]:
    """`count` fresh ids, ascending."""
    return [new_id() for _ in range(count)]


def decode(text: str) -> bytes:
    """The 16 bytes of an id. The compiled codec does not check: only what `is_id` accepts may come here."""
    return bytes(_base32.decode(text))


def hex_list(found: Iterable[Id]) -> str:
    """Ids as one text of hexadecimal uuids: an array of arrays cannot be unnested by a statement."""
    return ",".join(decode(one).hex() for one in found)


def is_id(text: str) -> bool:
    """Whether `text` has the shape of an id: 26 characters of lower-case Crockford base32 below 2^128."""
    return _SUFFIX.fullmatch(text) is not None


def parse(prefix: str, text: str) -> Id | None:
    """The id in `text` (`int_01h…`), or None where prefix or shape is another."""
    head, separator, tail = text.rpartition("_")
    return Id(tail) if separator and head == prefix and is_id(tail) else None


def encode_pure(raw: bytes) -> str:
    """`encode` without the compiled codec; a test holds the two equal."""
    number = int.from_bytes(raw, "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def decode_pure(text: str) -> bytes:
    """`decode` without the compiled codec; a test holds the two equal."""
    number = 0
    for character in text:
        number = number << 5 | _VALUES[character]
    return number.to_bytes(16, "big")
