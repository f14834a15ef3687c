"""The keyword `uniqueItems` in linear time; the engine's own takes minutes for a megabyte of large numbers."""

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from graft.jsontext import Json


class UniqueItems:
    """The class that jsonschema_rs uses instead of its own keyword: this is the interface of its custom keywords."""

    def __init__(self, _parent: dict[str, Any], value: Json, _path: list[str | int]) -> None:
        self._unique = value is True

    def validate(self, instance: Json) -> None:
        if self._unique and isinstance(instance, list) and has_repeats(instance):
            raise ValueError("the value has items that are equal")


def has_repeats(items: list[Json]) -> bool:
    """Whether two items are equal as JSON Schema has it: 1 and 1.0 are equal, 1 and true are not."""
    seen: set[Hashable] = set()
    for item in items:
        key = _key(item)
        if key in seen:
            return True
        seen.add(key)
    return False


def _key(value: Json) -> Hashable:
    """Equal keys for equal values.

    Numbers become text. Their own hashes are the same in every process, so that a caller could send numbers that
    collide; those of text are salted.
    """
    if isinstance(value, dict):
        return frozenset((name, _key(child)) for name, child in value.items())
    if isinstance(value, list):
        return tuple(_key(child) for child in value)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _number(value)
    return ("text", value) if isinstance(value, str) else value


def _number(value: int | Decimal) -> str:
    """One spelling for each number: 1, 1.0 and 10e-1 are all `1e0`."""
    if isinstance(value, int):
        text, exponent = str(value), 0
    else:
        sign, digits, power = value.as_tuple()
        text, exponent = "-" * sign + "".join(map(str, digits)), int(power)
    significant = text.rstrip("0")
    return "0" if significant in {"", "-"} else f"{significant}e{exponent + len(text) - len(significant)}"
