"""Symbolic references: the name of a component schema stands where the id of its entity will."""

from collections.abc import Mapping
from typing import Any, final

import msgspec

from graft.jsontext import Json


@final
class SchemaRef:
    """The component schema `component`, where the id of its entity will be. No dataclass: those encode as objects."""

    __slots__ = ("component",)

    def __init__(self, component: str) -> None:
        self.component = component

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchemaRef) and other.component == self.component

    def __hash__(self) -> int:
        return hash((SchemaRef, self.component))

    def __repr__(self) -> str:
        return f"SchemaRef({self.component!r})"


def bind(tree: Json, ids: Mapping[str, str]) -> Json:
    """`tree` with each `SchemaRef` replaced by the wire id (`sch_…`) of its component. KeyError for one without id."""
    if isinstance(tree, SchemaRef):
        return ids[tree.component]
    if isinstance(tree, dict):
        return {key: bind(value, ids) for key, value in tree.items()}
    if isinstance(tree, list):
        return [bind(value, ids) for value in tree]
    return tree


def binding_encoder(ids: Mapping[str, str]) -> msgspec.json.Encoder:
    """Encodes as `jsontext.encode(bind(tree, ids))` would, without the copy."""

    def wire_id(value: Any) -> str:
        if isinstance(value, SchemaRef):
            return ids[value.component]
        raise TypeError(f"{type(value).__name__} is no JSON")

    return msgspec.json.Encoder(enc_hook=wire_id, decimal_format="number")
