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
    return one is other or canonical(_by_value(one)) == canonical(_by_value(other))


def _by_value(node: Json) -> Json:
    """The tree with each number in one form: its digits without zeros at the end, and their exponent."""
    if isinstance(node, dict):
        return {key: _by_value(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_by_value(value) for value in node]
    if isinstance(node, bool) or not isinstance(node, (int, Decimal)):
        return node
    # without its last zeros a number has one spelling; the exponent of `1e999999` is never expanded
    sign, digits, exponent = Decimal(node).as_tuple()
    assert isinstance(exponent, int)
    kept = len(digits)
    while kept > 1 and digits[kept - 1] == 0:
        kept -= 1
    if digits[:kept] == (0,):
        return Decimal(0)
    return Decimal((sign, digits[:kept], exponent + len(digits) - kept))
