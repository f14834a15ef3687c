"""The keyword `uniqueItems` in linear time: the engine's own takes minutes for a megabyte of large numbers."""

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from graft.jsontext import Json


class UniqueItems:
    """What the engine asks for in the place of its own keyword."""

    def __init__(self, _parent: dict[str, Any], value: Json, _path: list[str | int]) -> None:
        self._wanted = value is True

    def validate(self, instance: Json) -> None:
        if self._wanted and isinstance(instance, list) and has_repeats(instance):
            raise ValueError("the value has items that are equal")


def has_repeats(items: list[Json]) -> bool:
    """Whether two of these are equal as JSON Schema has it: 1 and 1.0 are, 1 and true are not."""
    seen: set[Hashable] = set()
    for item in items:
        key = _key(item)
        if key in seen:
            return True
        seen.add(key)
    return False


def _key(value: Json) -> Hashable:
    """Equal keys for equal values. Numbers become text: its hash cannot be foreseen, theirs can be made to collide."""
    if isinstance(value, dict):
        return frozenset((name, _key(child)) for name, child in value.items())
    if isinstance(value, list):
        return tuple(_key(child) for child in value)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _number(value)
    return ("text", value) if isinstance(value, str) else value


def _number(value: int | Decimal) -> str:
    if isinstance(value, int):
        text, exponent = str(value), 0
    else:
        sign, digits, power = value.as_tuple()
        text, exponent = "-" * sign + "".join(map(str, digits)), int(power)
    significant = text.rstrip("0")
    return "0" if significant in {"", "-"} else f"{significant}e{exponent + len(text) - len(significant)}"
