"""The state of a walk through a document: what is wrong so far, what the present definition refers to and brings in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graft import jsontext
from graft.errors import Problem
from graft.jsontext import Json, Place, pointer_to
from graft.openapi_import.document import Document
from graft.openapi_import.grammar import GRAMMARS, Grammar
from graft.openapi_import.limits import Limits
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.resolve import Target, Unresolved, component_of
from graft.openapi_import.survey import NOBODY, Names

# Said of the document as a whole: after the first time it says nothing new.
_ONCE = "expands-too-far"


@dataclass(slots=True)
class Reading:
    document: Document
    limits: Limits
    odd: Oddities
    names: Names = NOBODY
    inner: Mapping[int, str] = field(default_factory=dict[int, str])
    """Places inside of components and paths that are entities of their own, by identity: the names of their schemas."""
    grammar: Grammar = field(init=False)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict[tuple[str, str], Problem])
    references: set[str] = field(default_factory=set[str])
    """Schemas that the present definition names."""
    active: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Kinds and identities of the objects being followed, outermost first: one that comes again is a circle."""
    circles: bool = False
    """Whether a schema was met that reaches itself and is no entity: what was read is of no use then."""
    base: str = ""
    """The URI of the schema with an `$id` around the present place."""
    resource: dict[str, Any] | None = None
    """The schema with an `$id` around the present place: 3.1 resolves local references inside it."""
    size: int = 0
    """Bytes of the present definition so far: its source, what it shares with others, what its references bring in."""
    copied: int = 0
    """Bytes that definitions have beyond the document's own, by sharing and by references, over all of them."""

    def __post_init__(self) -> None:
        self.grammar = GRAMMARS[self.document.minor]

    def symbol_of(self, target: Target) -> str | None:
        """The name of the schema entity that a target is; None where it is to be brought in."""
        component = component_of(self.document, target)
        return self.inner.get(id(target.node)) if component is None else component

    @property
    def siblings_count(self) -> bool:
        """Whether keys beside a `$ref` mean something."""
        return self.document.minor >= 1

    def begin_definition(self, place: Place, source: Json, shared: int = 0) -> None:
        """Start to collect for a definition made of `source` and `shared` bytes that other definitions have as well."""
        self.references = set()
        self.size = len(jsontext.encode(source))
        try:
            self._add(shared)
        except Unresolved as unresolved:
            self.report(place, unresolved.code, unresolved.detail)

    def charge(self, target: Json) -> None:
        """Count what following a reference to `target` adds, each time: that bounds the work as well as the size."""
        self._add(0)  # what is over its limit already does not measure one target more
        self._add(len(jsontext.encode(target)))

    def report(self, place: Place, code: str, detail: str) -> None:
        """Note a problem; the same one, met again through another reference, is noted once."""
        if len(self.problems) < self.limits.problems:
            pointer = pointer_to(place)
            key = ("", code) if code == _ONCE else (pointer, code)
            self.problems.setdefault(key, Problem(pointer, code, detail))

    def _add(self, size: int) -> None:
        self.size += size
        self.copied += size
        if self.size > self.limits.definition_bytes:
            detail = f"With all that belongs to it, the definition has more than {self.limits.definition_bytes} bytes."
            raise Unresolved("definition-too-large", detail)
        if self.copied > self.limits.copied_bytes:
            detail = f"References and shared parts add more than {self.limits.copied_bytes} bytes to the document."
            raise Unresolved(_ONCE, detail)
