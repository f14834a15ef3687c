"""How large a JSON tree is: the measure by which work is bounded before it is done."""

import msgspec

from graft.jsontext import Json

_TEXT_UNIT = 16


class Size(msgspec.Struct, frozen=True):
    """`nodes` counts values, `text` the characters of strings and keys; `path` is the length of the longest pointer.

    `whole` is false where the count stopped at its limit; the figures are then lower bounds.
    """

    nodes: int
    text: int
    depth: int
    key: int
    path: int
    whole: bool

    @property
    def weight(self) -> int:
        """Nodes, a node more for every 16 characters."""
        return self.nodes + self.text // _TEXT_UNIT


def measure(tree: Json, limit: int) -> Size:
    """The size of `tree`, counted without recursion, up to `limit` nodes. A container in the root has depth 1."""
    nodes = text = depth = longest_key = longest_path = 0
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
    return Size(nodes, text, depth, longest_key, longest_path, not pending)
