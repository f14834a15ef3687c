"""From a row to the definition that its reader sees: literal text, or a template filled in."""

from collections.abc import Mapping

from graft import jsontext
from graft.definitions.rows import Source
from graft.ids import Id
from graft.jsontext import Json
from graft.templates import TemplateCache, render
from graft.web.context import Process


def reader(process: Process) -> "Reader":
    return Reader(process.templates)


class Reader:
    """Reads the rows of one reply; a state of variables is decoded once, however many clones read with it."""

    def __init__(self, cache: TemplateCache) -> None:
        self._cache = cache
        self._variables: dict[Id, Mapping[str, Json]] = {}

    def definition(self, source: Source) -> bytes:
        if source.definition is not None:
            return bytes(source.definition)
        assert source.template_id is not None
        assert source.body is not None
        parts = self._cache.parts(source.template_id, source.body)
        return render(parts, self._values(source), source.named)

    def _values(self, source: Source) -> Mapping[str, Json]:
        assert source.variables_id is not None
        assert source.variables is not None
        known = self._variables.get(source.variables_id)
        if known is None:
            known = self._variables[source.variables_id] = jsontext.decode(bytes(source.variables))
        return known
