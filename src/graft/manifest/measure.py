"""Measure a JSON tree, so that work on it can be refused before it is begun."""

from decimal import Decimal
from itertools import islice

import msgspec

from graft.jsontext import Json

# So many characters or digits weigh as much as one node.
_TEXT_UNIT = 16
_MACHINE_WORD_BITS = 63


class Size(msgspec.Struct, frozen=True):
    """The size of a JSON tree.

    nodes: values of every type
    numbers: those of them that are numbers
    text: characters of strings and keys
    digits: digits of fractions, and of whole numbers past 64 bits
    depth: levels of containers; 0 for a tree that is none
    key, path: characters of the longest key, and of the longest JSON pointer
    whole: false if the count stopped at its limit; the other figures are then lower bounds, and `nodes` is above it
    """

    nodes: int
    numbers: int
    text: int
    digits: int
    depth: int
    key: int
    path: int
    whole: bool

    @property
    def weight(self) -> int:
        """The nodes, and one more for every 16 characters or digits."""
        return self.nodes + (self.text + self.digits) // _TEXT_UNIT


def measure(tree: Json, limit: int) -> Size:
    """Count up to `limit` nodes, without recursion."""
    nodes = numbers = text = digits = depth = longest_key = longest_path = 0
    pending: list[tuple[Json, int, int]] = [(tree, 0, 0)]

    # no more children are noted than are needed to know that there are too many
    while pending and nodes + len(pending) <= limit + 1:
        node, level, path = pending.pop()
        nodes += 1
        depth = max(depth, level)
        longest_path = max(longest_path, path)
        if isinstance(node, str):
            text += len(node)
        elif isinstance(node, dict):
            for key, child in islice(node.items(), limit + 2 - nodes - len(pending)):
                text += len(key)
                longest_key = max(longest_key, len(key))
                pending.append((child, level + 1, path + 1 + len(key)))
        elif isinstance(node, list):
            pending += [(child, level + 1, path + 1) for child in node[: limit + 2 - nodes - len(pending)]]
        elif isinstance(node, (int, Decimal)) and not isinstance(node, bool):
            numbers += 1
            digits += _digits(node)

    return Size(nodes + len(pending), numbers, text, digits, depth, longest_key, longest_path, not pending)


def _digits(number: int | Decimal) -> int:
    """The digits that arithmetic has to handle: 0 for a whole number in a machine word, for `1e1000` a thousand."""
    if isinstance(number, int):
        # a bit is about 0.3 digits; writing the number out would cost what is to be measured
        return number.bit_length() * 3 // 10 if number.bit_length() > _MACHINE_WORD_BITS else 0
    return max(len(number.as_tuple().digits), abs(number.adjusted()))
