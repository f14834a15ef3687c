"""JSON text in and out without losing a digit: fractions become `Decimal`, whole numbers `int` of any size."""

from decimal import Decimal
from typing import Any

import msgspec

Json = Any  # dict, list, str, int, Decimal, bool, None

_decoder = msgspec.json.Decoder[Any](float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted")


def decode(text: bytes | str) -> Json:
    """The value of JSON that Graft wrote itself; what comes from outside goes through `StrictReader`."""
    return _decoder.decode(text)


def encode(value: Json) -> bytes:
    """Compact JSON, keys in the order given."""
    return _encoder.encode(value)


def canonical(value: Json) -> bytes:
    """Compact JSON with sorted keys: equal values have equal bytes, whatever the order of their keys."""
    return _canonical.encode(value)


def alike(one: Json, other: Json) -> bool:
    """Whether two values are equal JSON: keys in any order, numbers by value (`1`, `1.0` and `1e0`), `true` is not `1`.

    A client that sends back what it read may write a number otherwise than it came.
    """
    # Python compares whole trees at once, and numbers by value without expanding them; only `True == 1` is its own
    return one is other or (one == other and _has_same_booleans(one, other))


def _has_same_booleans(one: Json, other: Json) -> bool:
    """Whether two trees that are equal to Python have their booleans at the same places."""
    if isinstance(one, dict):
        return all(_has_same_booleans(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return all(map(_has_same_booleans, one, other))
    return isinstance(one, bool) == isinstance(other, bool)
