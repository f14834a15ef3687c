"""How large a JSON tree is: the measure by which work is bounded before it is done."""

from decimal import Decimal

import msgspec

from graft.jsontext import Json

_TEXT_UNIT = 16
_PLAIN_BITS = 63


class Size(msgspec.Struct, frozen=True):
    """`nodes` counts values, `numbers` those that are numbers, `text` the characters of strings and keys.

    `digits` counts those of fractions and of whole numbers past 64 bits; `key` is the longest key, `path` the longest
    pointer, in characters.

    `whole` is false where the count stopped at its limit; the figures are then lower bounds.
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
        """Nodes, a node more for every 16 characters or digits."""
        return self.nodes + (self.text + self.digits) // _TEXT_UNIT


def measure(tree: Json, limit: int) -> Size:
    """The size of `tree`, counted without recursion, up to `limit` nodes. A container in the root has depth 1."""
    nodes = numbers = text = digits = depth = longest_key = longest_path = 0
    pending: list[tuple[Json, int, int]] = [(tree, 0, 0)]
    while pending and nodes <= limit:
        node, level, path = pending.pop()
        nodes += 1
        depth = max(depth, level)
        longest_path = max(longest_path, path)
        if isinstance(node, str):
            text += len(node)
        elif isinstance(node, dict):
            for key, child in node.items():
                text += len(key)
                longest_key = max(longest_key, len(key))
                pending.append((child, level + 1, path + 1 + len(key)))
        elif isinstance(node, list):
            pending += [(child, level + 1, path + 1) for child in node]
        elif isinstance(node, (int, Decimal)) and not isinstance(node, bool):
            numbers += 1
            digits += _digits(node)
    return Size(nodes, numbers, text, digits, depth, longest_key, longest_path, not pending)


def _digits(number: int | Decimal) -> int:
    """How many digits arithmetic with this number has to do with; 0 for what fits a machine word."""
    if isinstance(number, int):
        return number.bit_length() * 3 // 10 if number.bit_length() > _PLAIN_BITS else 0
    return max(len(number.as_tuple().digits), abs(number.adjusted()))
