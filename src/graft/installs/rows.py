"""The rows of an install as the program holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from graft.ids import Id
from graft.jsontext import Json
from graft.operations.before import CloneImage, DetachedBy, MemberImage
from graft.operations.slugs import is_closure
from graft.version_members import Role, VersionMember
from graft.web.models import RetentionTier

# What a member reads: what its version gives, the same with the variables and ids of an earlier moment, a text of its
# own, such a text that was handed back, so that the next upgrade overwrites it, or one of which places are held, and
# upgrades bring up the rest.
State = Literal["following", "pinned", "written", "handed_back", "held"]


class _Install(msgspec.Struct, frozen=True):
    id: Id
    workspace_id: Id
    integration_id: Id
    version_id: Id
    # the state of variables that its members read with
    variables_id: Id
    auth_state_id: Id | None
    member_policy: str
    parent_install_id: Id | None
    solution_id: Id | None
    accepted_permissions: Sequence[str]
    allow_multiple: bool


class NewInstall(_Install, frozen=True):
    installed_by: Id
    installed_at: datetime
    updated_at: datetime
    # by which the database keeps its integration from being purged
    needs_unpurged: bool = True


class InstallRow(_Install, frozen=True):
    """What operations need to know of an install."""

    last_upgraded_at: datetime | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None


class FoundInstall(InstallRow, frozen=True):
    # the values of its variables, with defaults filled in
    filled: msgspec.Raw


class ActiveInstall(InstallRow, frozen=True):
    """An install that is not deleted, with what its integration and its version say of it."""

    publisher: str
    slug: str
    name: str
    version: str
    dependencies: msgspec.Raw
    auth_type: str | None
    # whether its auth state is not deleted
    auth_lives: bool | None
    # the values of its variables, as given and with defaults filled in; `{}` where they were not asked for
    given: msgspec.Raw
    filled: msgspec.Raw

    @property
    def full_slug(self) -> str:
        return f"{self.publisher}/{self.slug}"


class Values(msgspec.Struct, frozen=True):
    """A state of variables: what was given, and what definitions read with, both as JSON too."""

    given: bytes
    filled: bytes
    variables: Mapping[str, Json]


class MemberRow(msgspec.Struct, frozen=True, gc=False):
    """A member as its own row says."""

    id: Id
    slug: str
    # of a reference; a clone has its base itself
    base_id: int | None
    enabled: bool
    detached_by: DetachedBy | None
    held_paths: Sequence[str] | None
    permissions: Sequence[str] | None
    added_by: Id | None
    added_at: datetime
    deleted_at: datetime | None
    retention_tier: RetentionTier | None


class MemberEntity(msgspec.Struct, frozen=True, gc=False):
    """The clone that a member is, or the entity that it refers to, as published."""

    id: Id
    kind: str
    name: str
    version_id: Id
    # of the integration
    source_version_id: Id
    # whether it reads what its version gives, and with which variables then
    follows: bool
    variables: Sequence[str]
    edited: bool
    deleted_at: datetime | None


class MemberChange(msgspec.Struct, frozen=True, gc=False):
    """The columns of a member that its workspace changes by a call."""

    id: Id
    held_paths: Sequence[str]
    enabled: bool
    detached_by: DetachedBy | None
    handed_back: bool


class NamingEntity(msgspec.Struct, frozen=True):
    """An entity whose text names others."""

    id: Id
    kind: str
    refs: Sequence[Id]


class MemberOfInstall(msgspec.Struct, frozen=True, gc=False):
    """A member of a living install, as a caller finds it by its id."""

    id: Id
    install_id: Id
    workspace_id: Id
    # of a reference; a clone has its base itself
    base_id: int | None


class CloneRow(msgspec.Struct, frozen=True, gc=False):
    """A clone, with what an operation keeps of it."""

    image: CloneImage
    base_id: int
    version_id: Id
    # the ids that its text names, where it does not follow its version
    refs: Sequence[Id] | None
    # whether it has a text of its own, how many bytes that takes (compressed), and whether it is an edit
    written: bool
    size: int | None
    edited: bool | None


class InstalledMember(msgspec.Struct, frozen=True, gc=False):
    """A member row with what its clone or reference is now. `base`: the version member it was last given."""

    id: Id
    slug: str
    clone: bool
    base: VersionMember
    state: State = "following"
    # the ids that its text names, where it does not follow its version
    names: Sequence[Id] = ()
    edited: bool = False
    detached_by: DetachedBy | None = None
    # by an upgrade or an undo: the row waits for its member to come back
    removed: bool = False
    # by a person: the clone is deleted, the member is not
    deleted: bool = False
    # of its text; of a reference: where it is this install's alone
    version_id: Id | None = None
    # pointers of places in a text of its own that upgrades leave alone
    held: Sequence[str] = ()

    @property
    def merges(self) -> bool:
        """Upgrades bring its text up around what is held in it."""
        attached = self.state == "held" or (self.state == "handed_back" and bool(self.held))
        return attached and not self.preserved

    @property
    def entity_id(self) -> Id:
        """What a text names it by: the clone itself, or the author's entity."""
        return self.id if self.clone else self.base.source_entity_id

    @property
    def role(self) -> Role:
        """What it was in the version that gave it its slug; of its base a version before may have said otherwise."""
        return "closure" if is_closure(self.slug) else "member"

    @property
    def preserved(self) -> bool:
        """Upgrades leave it alone."""
        return self.detached_by is not None or self.deleted


@dataclass(frozen=True, slots=True)
class InstalledRows:
    """The members of an install as plans take them, and their rows, of which operations keep images."""

    members: list[InstalledMember]
    images: Mapping[Id, MemberImage]
    clones: Mapping[Id, CloneRow]
