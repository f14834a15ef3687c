"""The state of a walk through a document: what is wrong so far, what the present definition refers to and brings in."""

from dataclasses import dataclass, field
from typing import Any

from graft import jsontext
from graft.errors import Problem
from graft.jsontext import Json
from graft.openapi_import.document import Document
from graft.openapi_import.grammar import GRAMMARS, Grammar
from graft.openapi_import.limits import Limits
from graft.openapi_import.places import Place, pointer_to

# Said of the document as a whole: after the first time it says nothing new.
_ONCE = "expands-too-far"


class Unresolved(Exception):
    """A reference that cannot be followed: why, as a problem's `code` and `detail`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Reading:
    document: Document
    limits: Limits
    grammar: Grammar = field(init=False)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict[tuple[str, str], Problem])
    references: set[str] = field(default_factory=set[str])
    """Component schemas that the present definition names."""
    active: list[int] = field(default_factory=list[int])
    """Identities of the objects being followed, outermost first: one that comes again is a cycle."""
    resource: dict[str, Any] | None = None
    """The schema with an `$id` around the present place: 3.1 resolves local references inside it."""
    size: int = 0
    """Bytes of the present definition so far: its source, what it shares with others, what its references bring in."""
    copied: int = 0
    """Bytes that definitions have beyond the document's own, by sharing and by references, over all of them."""

    def __post_init__(self) -> None:
        self.grammar = GRAMMARS[self.document.minor]

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
