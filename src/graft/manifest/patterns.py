"""Which regular expressions run in linear time, and what matching one costs."""

from functools import lru_cache

import jsonschema_rs

from graft.manifest.schemas import PATTERN_BYTES

# In characters.
MAX_LENGTH = 1_000
# The bytes that the automaton of a pattern may take, and the price of such a pattern: the number of plain schemas that
# cost as much on the same text, at worst. Measured with patterns that defeat the lazy automaton: up to 3 µs a character
# at 16 KiB, and above that in proportion to the bytes.
_PRICES = ((1024, 8), (4 * 1024, 30), (16 * 1024, 120), (64 * 1024, 500), (256 * 1024, 2_000), (PATTERN_BYTES, 8_000))
# What it costs to find out that a pattern is refused: 1.4 ms.
REFUSED_PRICE = 1_000


@lru_cache(maxsize=4_096)
def pattern_price(pattern: str) -> int | None:
    """What matching a pattern costs, in plain schemas; None if it cannot run in linear time, or is too large."""
    if len(pattern) > MAX_LENGTH:
        return None
    return next((price for size, price in _PRICES if _compiles(pattern, size)), None)


def _compiles(pattern: str, size_limit: int) -> bool:
    """Whether the engine that checks values accepts the pattern: no grammar of ours could say that as surely."""
    try:
        jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions(size_limit=size_limit)
        )
    except ValueError:
        return False
    return True
