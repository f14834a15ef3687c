"""From a row to the definition that its reader sees: literal text, or a template filled in."""

from collections.abc import Mapping

import msgspec

from graft import jsontext
from graft.db.connection import Row
from graft.entities.models import Entity
from graft.ids import Id
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.templates import TemplateCache, render
from graft.web.models import user


def ids_of(row: Row) -> dict[str, Id]:
    """slug → id for a row that is read from a template: what it was pinned with, or the members of its install."""
    if row["pinned_ids"] is not None:
        return jsontext.decode(bytes(row["pinned_ids"]))
    return dict(zip(row["slugs"] or (), row["ids"] or (), strict=True))


class Reader:
    """Reads the rows of one reply; a state of variables is decoded once, however many clones read with it."""

    def __init__(self, kinds: Kinds, cache: TemplateCache) -> None:
        self._kinds = kinds
        self._cache = cache
        self._variables: dict[Id, Mapping[str, Json]] = {}

    def definition(self, row: Row) -> bytes:
        """The definition of a row of `queries.shown` or of the list."""
        if row["definition"] is not None:
            return bytes(row["definition"])
        parts = self._cache.parts(row["template_id"], row["body"])
        return render(parts, self.variables(row), ids_of(row))

    def variables(self, row: Row) -> Mapping[str, Json]:
        """The values that a row without a text of its own reads with."""
        known = self._variables.get(row["variables_id"])
        if known is None:
            known = self._variables[row["variables_id"]] = jsontext.decode(bytes(row["variables"]))
        return known

    def entity(self, row: Row) -> Entity:
        return Entity(
            id=self._kinds.wire_id(row["kind"], row["id"]),
            workspace_id=f"wsp_{row['workspace_id']}",
            kind=row["kind"],
            slug=row["slug"],
            name=row["name"],
            description=row["description"],
            definition=msgspec.Raw(self.definition(row)),
            default_version_id=f"entver_{row['version_id']}",
            integration_install_id=f"intins_{row['install_id']}" if row["install_id"] else None,
            created_by=user(row["created_by"]),
            deleted_at=row["deleted_at"],
            retention_tier=row["retention_tier"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )
