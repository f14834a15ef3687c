"""What definitions are read from, and the texts that a workspace wrote, as their rows hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from graft import jsontext
from graft.ids import Id


class ReadWith(msgspec.Struct, frozen=True, gc=False):
    """With what a row reads that has no text of its own: a state of variables, and ids of members."""

    variables_id: Id | None
    # what it was pinned with, else the members of its install: slugs, and their ids
    pinned_ids: msgspec.Raw | None
    slugs: Sequence[str] | None
    ids: Sequence[Id] | None

    @property
    def named(self) -> dict[str, Id]:
        """slug → id of what its template names."""
        if self.pinned_ids is not None:
            return jsontext.decode(bytes(self.pinned_ids))
        return dict(zip(self.slugs or (), self.ids or (), strict=True))


class Source(ReadWith, frozen=True, gc=False):
    """All that a definition is read from: a text of its own, or a template with what it reads with."""

    definition: msgspec.Raw | None
    template_id: int | None
    body: msgspec.Raw | None
    variables: msgspec.Raw | None


class FoundClone(Source, frozen=True, gc=False):
    """A clone to be read. `version_id`: of the text that it has, or reads as."""

    id: Id
    workspace_id: Id
    base_id: int
    version_id: Id

    @property
    def written(self) -> bool:
        """Whether it has a text of its own."""
        return self.definition is not None


class FoundBase(msgspec.Struct, frozen=True):
    """What a text of a clone's own was written over: a version member, and what that was rendered with."""

    base_id: int
    variables_id: Id
    base_ids: msgspec.Raw
    template_id: int
    body: msgspec.Raw
    template_refs: Sequence[str]
    template_variables: Sequence[str]
    variables: msgspec.Raw


class WrittenText(FoundBase, frozen=True):
    """A text of a clone's own, and its base; of the texts with one state of variables one carries that."""

    id: Id
    entity_id: Id
    definition: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Base:
    """What a clone was last given, with all that it was rendered with, and the text that this gives."""

    base_id: int
    variables_id: Id
    ids: Mapping[str, Id]
    text: bytes
    # the id of that text, which no row holds
    version_id: Id


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A definition that the workspace wrote; of a clone with its base, and what that was rendered with."""

    id: Id
    entity_id: Id
    definition: bytes
    refs: Sequence[Id]
    base_id: int | None = None
    variables_id: Id | None = None
    ids: bytes | None = None
    edited: bool = False
