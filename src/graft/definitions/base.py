"""The base of a clone: what it was last given, and the text that this gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from graft import jsontext
from graft.db.connection import ReadConnection, Row
from graft.definitions import queries
from graft.definitions.render import ids_of
from graft.definitions.version_id import rendered_version_id
from graft.ids import Id
from graft.templates import TemplateCache, render


@dataclass(frozen=True, slots=True)
class Base:
    """What a clone was last given, with all that it was rendered with, and the text that this gives."""

    base_id: int
    variables_id: Id
    ids: Mapping[str, Id]
    text: bytes
    # the id of that text, which no row holds
    version_id: Id


async def base_of(db: ReadConnection, cache: TemplateCache, row: Row, present: bytes) -> Base | None:
    """The base of a clone in the columns of the entity reader; None where its text was written without one."""
    if row["definition"] is None:
        return Base(row["base_id"], row["variables_id"], ids_of(row), present, row["version_id"])
    found = await queries.select_base(db, row["version_id"], row["install_workspace_id"])
    if found is None:
        return None
    values, members = jsontext.decode(bytes(found["variables"])), jsontext.decode(bytes(found["base_ids"]))
    parts = cache.parts(found["template_id"], found["body"])
    version_id = rendered_version_id(
        row["id"], found["template_id"], values, found["template_variables"], members, found["template_refs"]
    )
    return Base(found["base_id"], found["variables_id"], members, render(parts, values, members), version_id)
