"""What changed between two documents, from the raw documents alone."""

import re
from collections import Counter
from collections.abc import Callable, Hashable
from typing import NamedTuple

from demo.meaning import Meaning, Place

# An operation by its place, or a component schema by its name.
Thing = Place | str
_PARAMETER = re.compile(r"\{[^{}]*\}")


class Difference(NamedTuple):
    """Things by their names in the old document, added ones by those in the new. Schemas that no operation reaches do
    not count. `pairs`: where the operations of the old document are in the new one.
    """

    added: frozenset[Thing]
    removed: frozenset[Thing]
    changed: frozenset[Thing]
    pairs: dict[Place, Place]


def compare(old: Meaning, new: Meaning) -> Difference:
    """The difference between two documents, as the members of an integration would feel it."""
    pairs = _paired(old, new)
    before, after = old.closure(), new.closure()
    changed = {place for place, other in pairs.items() if old.operations[place].text != new.operations[other].text}
    changed_schemas = {name for name in before & after if old.schemas[name].text != new.schemas[name].text}
    return Difference(
        frozenset[Thing](new.operations.keys() - set(pairs.values())) | (after - before),
        frozenset[Thing](old.operations.keys() - pairs.keys()) | (before - after),
        frozenset[Thing](changed) | changed_schemas,
        pairs,
    )


def _paired(old: Meaning, new: Meaning) -> dict[Place, Place]:
    """Operations that are the same one: by `operationId` and place, then what is the only one of its `operationId`, its
    place, its place with the names of parameters blanked, on both sides.
    """
    pairs = {place: place for place, found in old.ids.items() if new.ids.get(place, object()) == found}

    def of(
        meaning: Meaning, identity: Callable[[Meaning, Place], Hashable | None], done: set[Place]
    ) -> dict[Hashable, Place]:
        # an operationId that stands twice names nothing, also where one of the two was paired already
        counts = Counter(identity(meaning, place) for place in meaning.ids if identity is _id or place not in done)
        return {
            identity(meaning, place): place
            for place in meaning.ids
            if place not in done and identity(meaning, place) is not None and counts[identity(meaning, place)] == 1
        }

    for identity in (_id, _place, _blanked):
        left = of(old, identity, set(pairs))
        right = of(new, identity, set(pairs.values()))
        pairs |= {place: right[name] for name, place in left.items() if name in right}
    return pairs


def _id(meaning: Meaning, place: Place) -> Hashable | None:
    return meaning.ids[place]


def _place(_meaning: Meaning, place: Place) -> Hashable | None:
    return place


def _blanked(_meaning: Meaning, place: Place) -> Hashable | None:
    return place.method, _PARAMETER.sub("{}", place.path)
