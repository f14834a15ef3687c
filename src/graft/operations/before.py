"""The before-images of an operation: what it takes to restore each row that it touched, no more.

Every change of an install writes one. So the state before an operation is, for each row, its first image at or after
it, and the rows that came since are taken out again.
"""

from base64 import b85decode, b85encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Any, Literal

import msgspec

from graft import ids, jsontext
from graft.errors import Conflict
from graft.ids import Id

DetachedBy = Literal["edit", "call"]

VERSION = 3
_UNPACKED = 2


class CloneImage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A clone's row but for its text, of which `Before.texts` speaks."""

    id: Id
    name: str
    description: str | None = None
    described_by_base: bool | None = None
    deleted_at: datetime | None = None
    retention_tier: str | None = None
    deleted_by: str | None = None
    pinned_variables_id: Id | None = None
    # slug → id
    pinned_ids: dict[str, Id] | None = None


class MemberImage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A member's row. `base_id` and `version_id`: only of a reference."""

    id: Id
    slug: str
    base_id: int | None = None
    version_id: Id | None = None
    detached_by: DetachedBy | None = None
    handed_back: bool | None = None
    enabled: bool = True
    held_paths: list[str] | None = None
    deleted_at: datetime | None = None
    retention_tier: str | None = None
    deleted_by: str | None = None
    pinned_variables_id: Id | None = None
    pinned_ids: dict[str, Id] | None = None


class InstallImage(msgspec.Struct, frozen=True):
    """The columns of an install that operations change."""

    version_id: Id
    variables_id: Id
    auth_state_id: Id | None
    member_policy: str
    solution_id: Id | None
    accepted_permissions: Sequence[str]
    allow_multiple: bool
    last_upgraded_at: datetime | None
    deleted_at: datetime | None
    retention_tier: str | None


class InstallEnd(msgspec.Struct, frozen=True):
    """What went with an install: all of it at the moment `at`, but the clones and members that stayed.

    `tier`: how long it is kept; None: as long as the workspace says.
    """

    at: datetime
    tier: str | None
    clones: list[Id] = []
    members: list[Id] = []


class Before(msgspec.Struct, frozen=True, omit_defaults=True):
    """`texts`: [clone, base, version] of each clone whose text or base moved; its version says whether it had a text.

    `new`: members that came, with their clones. `gone`: members that an undo took out, with their clones: neither
    deleted nor pinned before, else as they are. `went`: the moment that marks all that an uninstallation deleted.
    `came`: what a reinstatement brought back.
    """

    install: InstallImage | None = None
    texts: list[tuple[Id, int | None, Id]] = []
    clones: list[CloneImage] = []
    members: list[MemberImage] = []
    new: list[Id] = []
    gone: list[Id] = []
    went: datetime | None = None
    came: InstallEnd | None = None


class _Written(Before, frozen=True, omit_defaults=True, kw_only=True):
    """As it was written before ids were packed."""

    v: int


class _Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    """As it is written: an id as a text takes 26 bytes, packed 20, and nothing compresses it."""

    v: int
    install: InstallImage | None = None
    # of `texts`, in the order of their bases: clones, the distance of each base from the one before, versions
    texts: tuple[str, list[int], str] | None = None
    clones: list[CloneImage] = []
    members: list[MemberImage] = []
    new: str = ""
    gone: str = ""
    went: datetime | None = None
    came: InstallEnd | None = None


_written, _packed = msgspec.json.Decoder(_Written), msgspec.json.Decoder(_Packed)


def encode(before: Before) -> bytes:
    texts = None
    if before.texts:
        clones, bases, versions = zip(*sorted(before.texts, key=lambda text: text[1] or 0), strict=True)
        texts = pack(clones), _distances(bases), pack(versions)
    new, gone = pack(before.new), pack(before.gone)
    return msgspec.json.encode(
        _Packed(VERSION, before.install, texts, before.clones, before.members, new, gone, before.went, before.came)
    )


def decode(text: bytes) -> Before:
    """The images of an operation; `Conflict` where it was written before there were any."""
    version = jsontext.decode(text).get("v")
    if version == _UNPACKED:
        unpacked = _written.decode(text)
        return Before(**{name: getattr(unpacked, name) for name in Before.__struct_fields__})
    if version != VERSION:
        raise Conflict("The operation is older than what can be undone.", code="not-undoable")
    found = _packed.decode(text)
    texts: list[tuple[Id, int | None, Id]] = []
    if found.texts is not None:
        clones, distances, versions = found.texts
        bases = [base_id or None for base_id in accumulate(distances)]
        texts = list(zip(_unpack(clones), bases, _unpack(versions), strict=True))
    new, gone = _unpack(found.new), _unpack(found.gone)
    return Before(found.install, texts, found.clones, found.members, new, gone, found.went, found.came)


def pack(found: Iterable[Id]) -> str:
    """Ids as one text of 20 characters each, none of which JSON escapes; that of an id is found in that of several."""
    return b85encode(b"".join(map(ids.decode, found))).decode()


def _distances(bases: Sequence[int | None]) -> list[int]:
    """Numbers that ascend, none as 0, each as its distance from the one before: these are small and alike."""
    numbers = [base_id or 0 for base_id in bases]
    return [number - before for before, number in pairwise([0, *numbers])]


def _unpack(text: str) -> list[Id]:
    raw = b85decode(text)
    return [ids.encode(raw[at : at + 16]) for at in range(0, len(raw), 16)]


def read_clone_image(values: Any) -> CloneImage:
    """Of the columns of a row of `entities` that are named like its fields."""
    return CloneImage(*_with_ids(values))


def read_member_image(values: Any) -> MemberImage:
    """Of the columns of a row of `install_members` that are named like its fields."""
    return MemberImage(*_with_ids(values))


def _with_ids(values: Any) -> Sequence[Any]:
    # few rows are pinned, and an upgrade reads thousands
    return values if values[-1] is None else [*values[:-1], ids_in(values[-1])]


def install_image(row: msgspec.Struct) -> InstallImage:
    """Of a row with fields of these names."""
    return InstallImage(*[getattr(row, name) for name in InstallImage.__struct_fields__])


def ids_in(text: bytes | msgspec.Raw | None) -> dict[str, Id] | None:
    """A slug → id map as a row has it."""
    return None if text is None else jsontext.decode(bytes(text))
