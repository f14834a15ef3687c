"""The base of a clone: what it was last given, and the text that this gives."""

from collections.abc import Mapping
from typing import Protocol

from graft import jsontext
from graft.db.connection import ReadConnection
from graft.definitions import queries
from graft.definitions.render import Reader
from graft.definitions.rows import Base, FoundBase
from graft.definitions.version_id import rendered_version_id
from graft.ids import Id
from graft.jsontext import Json


class ReadableClone(Protocol):
    """What the base of a clone is found by, and read with where the clone has no text of its own."""

    @property
    def id(self) -> Id: ...
    @property
    def workspace_id(self) -> Id: ...
    @property
    def base_id(self) -> int | None: ...
    @property
    def version_id(self) -> Id: ...
    @property
    def written(self) -> bool: ...
    @property
    def variables_id(self) -> Id | None: ...
    @property
    def named(self) -> dict[str, Id]: ...


async def base_of(db: ReadConnection, read: Reader, clone: ReadableClone, present: bytes) -> Base | None:
    """The base of a clone that reads as `present`; None where its text was written without one."""
    if not clone.written:
        assert clone.base_id is not None
        assert clone.variables_id is not None
        return Base(clone.base_id, clone.variables_id, clone.named, present, clone.version_id)
    found = await queries.select_base(db, clone.version_id, clone.workspace_id)
    return None if found is None else rendered_base(read, clone.id, found, jsontext.decode(bytes(found.variables)))


def rendered_base(read: Reader, clone_id: Id, found: FoundBase, values: Mapping[str, Json]) -> Base:
    """The base of a text as it read when the text was written; `values`: of its state of variables."""
    members = jsontext.decode(bytes(found.base_ids))
    version_id = rendered_version_id(
        clone_id, found.template_id, values, found.template_variables, members, found.template_refs
    )
    text = read.text(found.template_id, found.body, values, members)
    return Base(found.base_id, found.variables_id, members, text, version_id)
