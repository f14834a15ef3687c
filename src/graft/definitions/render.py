"""From a row to the definition that its reader sees: literal text, or a template filled in."""

from collections.abc import Iterable, Mapping

import msgspec

from graft import jsontext
from graft.definitions.rows import Source
from graft.ids import Id
from graft.jsontext import Json
from graft.templates import RenderedTooLarge, TemplateCache, render, render_open
from graft.web.context import Process

# What may be installed is bounded below this (`GRAFT_MAX_DEFINITION`); it is for rows from before there was a bound.
_MOST_READ = 16 * 1024 * 1024


def reader(process: Process, templates: TemplateCache | None = None) -> "Reader":
    """`templates`: a cache in place of that of the process, which belongs to the event loop."""
    return Reader(process.templates if templates is None else templates, process.settings.max_definition)


class Reader:
    """Reads the rows of one reply; a state of variables is decoded once, however many clones read with it.

    A definition that would be too large is not built: it reads with its variables open, as `${variables.name}`.
    `max_definition`: the bytes that one may have that is written or installed now.
    """

    def __init__(self, cache: TemplateCache, max_definition: int) -> None:
        self._cache = cache
        self._limit = max(_MOST_READ, max_definition)
        self._variables: dict[Id, Mapping[str, Json]] = {}

    def remember(self, rows: Iterable[Source]) -> None:
        """Take the states of variables from rows of which only some carry theirs, before these are read."""
        for row in rows:
            if row.variables is not None:
                self._values(row)

    def definition(self, source: Source) -> bytes:
        if source.definition is not None:
            return bytes(source.definition)
        assert source.template_id is not None
        assert source.body is not None
        return self.text(source.template_id, source.body, self._values(source), source.named)

    def text(
        self, template_id: int, body: bytes | msgspec.Raw, values: Mapping[str, Json], named: Mapping[str, Id]
    ) -> bytes:
        """What a template reads as with these values of variables, and these ids of members."""
        parts = self._cache.parts(template_id, body)
        try:
            return render(parts, values, named, self._limit)
        except RenderedTooLarge:
            return render_open(parts, named)

    def _values(self, source: Source) -> Mapping[str, Json]:
        assert source.variables_id is not None
        known = self._variables.get(source.variables_id)
        if known is None:
            assert source.variables is not None
            known = self._variables[source.variables_id] = jsontext.decode(bytes(source.variables))
        return known
