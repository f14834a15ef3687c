"""Which entity of an earlier import an operation or a schema of a document is."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from graft.ids import Id

_PARAMETER_NAME = re.compile(r"\{[^{}]*\}")


class SchemaKey(NamedTuple):
    """What makes two schemas the same one: the name of the component, with its case."""

    component: str


class OperationKey(NamedTuple):
    """What tells operations apart: their `operationId`, which may be missing or not unique, and their place."""

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
    """What `plan.written_mark` gave when an import wrote it last; None: not known."""


Matches = dict[ImportKey, Existing]


def match(new: Sequence[ImportKey], existing: Iterable[Existing]) -> Matches:
    """The entity of each key that has one. Deleted entities are tried for what finds none among the others.

    Schemas match by name. Operations match first by equal `operationId` and place, then by an `operationId` that is
    unique on both sides, then by place, then by a place with the names of its parameters blanked: these last two where
    that leaves one on each side.
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
    """What is the only one of its `identity` on both sides; None is no identity."""
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
