"""The before-images of an operation: what it takes to restore each row that it touched, no more.

Every change of an install writes one. So the state before an operation is, for each row, its first image at or after
it, and the rows that came since are taken out again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from graft import jsontext
from graft.errors import Conflict
from graft.ids import Id

DetachedBy = Literal["edit", "call"]

VERSION = 2


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
    v: int


_decoder = msgspec.json.Decoder(_Written)


def encode(before: Before) -> bytes:
    fields = {name: getattr(before, name) for name in Before.__struct_fields__}
    return msgspec.json.encode(_Written(**fields, v=VERSION))


def decode(text: bytes) -> Before:
    """The images of an operation; `Conflict` where it was written before there were any."""
    if jsontext.decode(text).get("v") != VERSION:
        raise Conflict("The operation is older than what can be undone.", code="not-undoable")
    return _decoder.decode(text)


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
