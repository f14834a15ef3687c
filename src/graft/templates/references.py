"""Find the entities that a definition names."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from graft.errors import pointer
from graft.ids import SUFFIX, Id
from graft.jsontext import Json


class Reference(NamedTuple):
    """The prefix and the id of a named entity: `("sch", "01h…")`."""

    prefix: str
    id: Id


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The id prefixes that make a string a reference, with the expressions that find them."""

    in_text: re.Pattern[bytes]
    whole: re.Pattern[str]

    @classmethod
    def of(cls, prefixes: Collection[str]) -> "Prefixes":
        either = "|".join(sorted(prefixes))
        return cls(
            re.compile(rf'(?<=[:,\[])"({either})_({SUFFIX})"(?!:)'.encode()),
            re.compile(rf"({either})_({SUFFIX})"),
        )


def references(definition: bytes, prefixes: Prefixes) -> list[Reference]:
    """The references in compact JSON, each once, in order of appearance."""
    found = {
        Reference(match[1].decode(), Id(match[2].decode())): None for match in prefixes.in_text.finditer(definition)
    }
    return list(found)


def reference_pointers(tree: Json, prefixes: Prefixes) -> list[tuple[str, Reference]]:
    """Every reference in a tree with its JSON pointer: for messages, where the text alone will not do."""
    found: list[tuple[str, Reference]] = []
    pending: list[tuple[Json, tuple[str | int, ...]]] = [(tree, ())]
    while pending:
        node, path = pending.pop()
        if isinstance(node, str):
            match = prefixes.whole.fullmatch(node)
            if match:
                found.append((pointer(*path), Reference(match[1], Id(match[2]))))
        elif isinstance(node, dict):
            pending += [(child, (*path, key)) for key, child in reversed(node.items())]
        elif isinstance(node, list):
            pending += [(node[at], (*path, at)) for at in reversed(range(len(node)))]
    return found
