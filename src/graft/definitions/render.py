"""From a row to the definition that its reader sees: literal text, or a template filled in."""

from collections.abc import Mapping

from graft import jsontext
from graft.db.connection import Row
from graft.ids import Id
from graft.jsontext import Json
from graft.templates import TemplateCache, render
from graft.web.context import Process


def reader(process: Process) -> "Reader":
    return Reader(process.templates)


def ids_of(row: Row) -> dict[str, Id]:
    """slug → id for a row that is read from a template: what it was pinned with, or the members of its install."""
    if row["pinned_ids"] is not None:
        return jsontext.decode(bytes(row["pinned_ids"]))
    return dict(zip(row["slugs"] or (), row["ids"] or (), strict=True))


class Reader:
    """Reads the rows of one reply; a state of variables is decoded once, however many clones read with it."""

    def __init__(self, cache: TemplateCache) -> None:
        self._cache = cache
        self._variables: dict[Id, Mapping[str, Json]] = {}

    def definition(self, row: Row) -> bytes:
        """The definition of a row in the columns of `OWN` or `SHOWN` with `RENDERED`."""
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
