"""Match the operations and schemas of a document with the entities that earlier imports of it made."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from graft.ids import Id

_PARAMETER_NAME = re.compile(r"\{[^{}]*\}")


class SchemaKey(NamedTuple):
    """The identity of a schema: the name of its component; upper and lower case differ."""

    component: str


class OperationKey(NamedTuple):
    """The identity of an operation: its `operationId`, which may be missing or not unique, its method and path."""

    operation_id: str | None
    method: str
    path: str


ImportKey = SchemaKey | OperationKey


class Existing(NamedTuple):
    """An entity that an earlier import made; `definition` is its JSON text as stored."""

    id: Id
    slug: str
    name: str
    description: str | None
    definition: bytes
    key: ImportKey
    deleted: bool = False
    written: str | None = None
    """What `plan.written_mark` returned when an import last wrote the entity; None if that is not known."""


Matches = dict[ImportKey, Existing]


def match(new: Sequence[ImportKey], existing: Iterable[Existing]) -> Matches:
    """Find the existing entity of each key; keys without one are missing in the result.

    Schemas match by name. Operations match by these rules, one after the other:
    1. equal `operationId`, method and path
    2. an equal `operationId` that is unique on both sides
    3. equal method and path
    4. equal method and path, with the names in `{…}` ignored
    By the last two only one operation on each side may be left. Deleted entities are tried last, by the same rules.
    """
    entities = sorted(existing, key=lambda entity: entity.id)
    matches: Matches = {}
    for deleted in (False, True):
        old = [entity for entity in entities if entity.deleted is deleted]
        matches |= _equal([key for key in new if key not in matches], old)
        matches |= _moved_or_renamed(new, old, matches)
    return matches


def _equal(new: Iterable[ImportKey], old: Iterable[Existing]) -> Matches:
    by_key: Matches = {}
    for entity in old:
        by_key.setdefault(entity.key, entity)
    return {key: by_key[key] for key in new if key in by_key}


def _moved_or_renamed(new: Sequence[ImportKey], old: Sequence[Existing], matches: Matches) -> Matches:
    found = dict(matches)
    new_ids = _counts(_operation_id, new)
    old_ids = _counts(_operation_id, [entity.key for entity in old])

    def unique_id(key: OperationKey) -> str | None:
        unique = new_ids[key.operation_id] < 2 and old_ids[key.operation_id] < 2
        return key.operation_id if unique else None

    for identity in (unique_id, _place, _blanked_place):
        taken = {entity.id for entity in found.values()}
        found |= _unique_pairs(
            identity,
            [key for key in new if key not in found],
            [entity for entity in old if entity.id not in taken],
        )
    return found


def _unique_pairs(
    identity: Callable[[OperationKey], object], new: Sequence[ImportKey], old: Sequence[Existing]
) -> Matches:
    """The pairs of equal `identity`, if no other operation on either side has it. None is no identity."""
    new_counts = _counts(identity, new)
    old_counts = _counts(identity, [entity.key for entity in old])
    by_identity = {identity(entity.key): entity for entity in old if isinstance(entity.key, OperationKey)}
    return {
        key: by_identity[identity(key)]
        for key in new
        if isinstance(key, OperationKey)
        and identity(key) is not None
        and new_counts[identity(key)] == 1
        and old_counts[identity(key)] == 1
    }


def _counts(identity: Callable[[OperationKey], object], keys: Iterable[ImportKey]) -> Counter[object]:
    return Counter(identity(key) for key in keys if isinstance(key, OperationKey))


def _operation_id(key: OperationKey) -> str | None:
    return key.operation_id


def _place(key: OperationKey) -> tuple[str, str]:
    return key.method, key.path


def _blanked_place(key: OperationKey) -> tuple[str, str]:
    return key.method, _PARAMETER_NAME.sub("{}", key.path)
