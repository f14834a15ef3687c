"""JSON text in and out without losing a digit: fractions become `Decimal`, whole numbers `int` of any size."""

from decimal import Decimal
from typing import Any

import msgspec

Json = Any  # dict, list, str, int, Decimal, bool, None

_decoder = msgspec.json.Decoder[Any](float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted")


def decode(text: bytes | str) -> Json:
    """The value of JSON that Graft wrote itself; what comes from outside goes through `web.body`."""
    return _decoder.decode(text)


def encode(value: Json) -> bytes:
    """Compact JSON, keys in the order given."""
    return _encoder.encode(value)


def canonical(value: Json) -> bytes:
    """Compact JSON with sorted keys: equal values have equal bytes, whatever the order of their keys."""
    return _canonical.encode(value)
