"""Patterns that run in linear time, and what such a pattern costs."""

from functools import lru_cache

import jsonschema_rs

from graft.manifest.schemas import PATTERN_BYTES

MAX_LENGTH = 1_000
# The bytes that a pattern's automaton may need, and its price: as many plain schemas cost the same on the same text, at
# worst. Measured with patterns that defeat the lazy automaton: up to 3 µs a character at 16 KiB, in proportion above.
_PRICES = ((1024, 8), (4 * 1024, 30), (16 * 1024, 120), (64 * 1024, 500), (256 * 1024, 2_000), (PATTERN_BYTES, 8_000))
REFUSED_PRICE = 1_000  # 1.4 ms to find out


@lru_cache(maxsize=4_096)
def pattern_price(pattern: str) -> int | None:
    """The price of a pattern, a plain schema being 1; None where it has no linear-time form or is too large."""
    if len(pattern) > MAX_LENGTH:
        return None
    return next((price for size, price in _PRICES if _compiles(pattern, size)), None)


def _compiles(pattern: str, size: int) -> bool:
    """The engine is asked itself: what it takes here is what it takes when values are checked."""
    try:
        jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions(size_limit=size)
        )
    except ValueError:
        return False
    return True
