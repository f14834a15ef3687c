"""Merge keys (`<<`), which YAML 1.2 does not have and many documents use."""

from collections.abc import Iterable
from typing import Any

from graft.jsontext import Json

# The mappings that one `<<` names, first ones first.
Merge = list[dict[str, Any]]


def sources_of(value: Json) -> Merge | None:
    """What a `<<` with this value brings: a mapping, or several in a sequence; null brings nothing. Else None."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    return None


def merged(mapping: dict[str, Any], merges: Iterable[Merge]) -> list[str]:
    """Add to `mapping` what it does not say itself; of one `<<` the first source wins.

    Returns the keys that two `<<` of the mapping bring: which of them holds is not said.
    """
    unclear: list[str] = []
    explicit = mapping.keys() | set()
    brought: dict[str, Any] = {}
    for sources in merges:
        mine = {name: value for source in reversed(sources) for name, value in source.items() if name not in explicit}
        unclear += mine.keys() & brought.keys()
        brought |= mine
    mapping.update(brought)
    return sorted(unclear)
