"""Symbolic references: the name of a schema stands where the id of its entity will."""

import re
from collections.abc import Sequence
from typing import Any, final

import msgspec

from graft.jsontext import Json

# A text of a document never holds U+0000, so no string of it looks like this.
_HOLE = re.compile(rb'"\\u0000(\d+)"')


@final
class SchemaRef:
    """The schema `component`, where the id of its entity will be. No dataclass: those encode as objects."""

    __slots__ = ("component",)

    def __init__(self, component: str) -> None:
        self.component = component

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchemaRef) and other.component == self.component

    def __hash__(self) -> int:
        return hash((SchemaRef, self.component))

    def __repr__(self) -> str:
        return f"SchemaRef({self.component!r})"


def encoded(tree: Json) -> tuple[bytes, list[str]]:
    """The compact JSON of `tree` with a hole for each `SchemaRef`, and the names that the holes stand for."""
    names: list[str] = []

    def hole(value: Any) -> str:
        if isinstance(value, SchemaRef):
            names.append(value.component)
            return f"\0{len(names) - 1}"
        raise TypeError(f"{type(value).__name__} is no JSON")

    return msgspec.json.Encoder(enc_hook=hole, decimal_format="number").encode(tree), names


def cut(text: bytes, names: Sequence[str]) -> list[bytes]:
    """JSON with holes as text and names in turn: an odd number of parts, the names at odd places."""
    parts = _HOLE.split(text)
    parts[1::2] = [names[int(number)].encode() for number in parts[1::2]]
    return parts
