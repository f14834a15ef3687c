"""Ids: UUIDv7 in the database, on the wire a prefix and 26 characters of Crockford base32 (a TypeID).

Inside the program an id is its 26 characters (`Id`). Only the edge adds and checks prefixes.
"""

import hashlib
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

# The 26 characters of a UUID's 16 bytes. Not wrapped in a function, as every id of every row passes through it.
encode: Callable[[bytes], Id] = _base32.encode


def new_id() -> Id:
    """A new id. Ids sort by the time at which they were made."""
    return encode(uuid_utils.uuid7().bytes)


def new_ids(count: int) -> list[Id]:
    """`count` new ids, in ascending order."""
    return [new_id() for _ in range(count)]


def derived_id(of: Id, *names: str) -> Id:
    """The id of what `of` brings about under these names: the same each time, and of the moment of `of`."""
    origin = decode(of)
    digest = hashlib.blake2b("\0".join([of, *names]).encode(), digest_size=10).digest()
    raw = bytearray(origin[:6] + digest)
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return encode(bytes(raw))


def decode(text: str) -> bytes:
    """The 16 bytes of an id. `text` must be one (`is_id`), as the compiled codec does not check it."""
    return bytes(_base32.decode(text))


def hex_list(found: Iterable[Id]) -> str:
    """Ids as one text, uuids in hexadecimal with commas between.

    A parameter with lists of ids is an array of such texts, as `unnest` would flatten an array of arrays.
    """
    return ",".join(decode(one).hex() for one in found)


def is_id(text: str) -> bool:
    """Whether `text` is an id without prefix: 26 characters of lower-case Crockford base32, below 2^128."""
    return _SUFFIX.fullmatch(text) is not None


def parse(prefix: str, text: str) -> Id | None:
    """The id in a text such as `int_01h…`; None if it has another prefix, or is no id."""
    head, separator, tail = text.rpartition("_")
    return Id(tail) if separator and head == prefix and is_id(tail) else None


def encode_pure(raw: bytes) -> str:
    """`encode` in Python. A test compares the two, as the compiled codec is a private part of its package."""
    number = int.from_bytes(raw, "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def decode_pure(text: str) -> bytes:
    """`decode` in Python; as `encode_pure`."""
    number = 0
    for character in text:
        number = number << 5 | _VALUES[character]
    return number.to_bytes(16, "big")
