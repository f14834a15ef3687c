"""Merge keys (`<<`), which YAML 1.2 does not have and many documents use."""

from collections.abc import Iterable
from typing import Any

from graft.jsontext import Json

# The source mappings of one `<<`, in their order.
Merge = list[dict[str, Any]]


def sources_of(value: Json) -> Merge | None:
    """The sources in the value of a `<<`: a mapping, or a sequence of them; null has none. None for any other value."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    return None


def merge_into(mapping: dict[str, Any], merges: Iterable[Merge]) -> list[str]:
    """Add to `mapping` the keys of the sources that it does not have. Within one `<<` the first source wins.

    Returns the keys that two `<<` of the mapping have: nothing says which of them wins.
    """
    ambiguous: list[str] = []
    own = mapping.keys() | set()
    added: dict[str, Any] = {}
    for sources in merges:
        new = {name: value for source in reversed(sources) for name, value in source.items() if name not in own}
        ambiguous += new.keys() & added.keys()
        added |= new
    mapping.update(added)
    return sorted(ambiguous)
