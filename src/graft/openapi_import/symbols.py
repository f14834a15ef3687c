"""Symbolic references: in a definition, the name of a schema stands in the place of its entity's id."""

import re
from collections.abc import Sequence
from typing import Any, final

import msgspec

from graft.jsontext import Json

# The text of a document has no U+0000, so none of its strings looks like this.
_HOLE = re.compile(rb'"\\u0000(\d+)"')


@final
class SchemaRef:
    """The schema `component`, in the place of its entity's id. No dataclass: msgspec would encode one as an object."""

    __slots__ = ("component",)

    def __init__(self, component: str) -> None:
        self.component = component

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchemaRef) and other.component == self.component

    def __hash__(self) -> int:
        return hash((SchemaRef, self.component))

    def __repr__(self) -> str:
        return f"SchemaRef({self.component!r})"


def encode_with_holes(tree: Json) -> tuple[bytes, list[str]]:
    """The compact JSON of `tree` with a numbered hole for each `SchemaRef`, and the components by these numbers."""
    names: list[str] = []

    def hole(value: Any) -> str:
        if isinstance(value, SchemaRef):
            names.append(value.component)
            return f"\0{len(names) - 1}"
        raise TypeError(f"{type(value).__name__} is no JSON")

    return msgspec.json.Encoder(enc_hook=hole, decimal_format="number").encode(tree), names


def split_at_holes(text: bytes, names: Sequence[str]) -> list[bytes]:
    """Text and names in turn: an odd number of parts, with the names at the odd indexes."""
    parts = _HOLE.split(text)
    parts[1::2] = [names[int(number)].encode() for number in parts[1::2]]
    return parts
