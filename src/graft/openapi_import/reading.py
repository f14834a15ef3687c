"""The state of a walk through a document: the problems so far, and what belongs to the present definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graft import jsontext
from graft.errors import Problem, Problems
from graft.jsontext import Json, Place, pointer_to
from graft.openapi_import.document import Document
from graft.openapi_import.grammar import GRAMMARS, Grammar
from graft.openapi_import.limits import Limits
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.resolve import Target, Unresolved, component_of
from graft.openapi_import.survey import NO_NAMES, Names

# Concerns the document as a whole, so it is reported once.
_ONCE = "expands-too-far"


class Enough(Exception):
    """Ends a reading: more is wrong than is told."""


@dataclass(slots=True)
class Reading:
    """One walk through a document. Definitions are read one after the other; `begin_definition` starts each."""

    document: Document
    limits: Limits
    odd: Oddities
    names: Names = NO_NAMES
    inner: Mapping[int, str] = field(default_factory=dict[int, str])
    """id() of an inner schema → the key of its entity."""
    grammar: Grammar = field(init=False)
    problems: Problems = field(default_factory=Problems)
    reported: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Pointer and code of each problem."""
    references: set[str] = field(default_factory=set[str])
    """The schemas that the present definition refers to."""
    active: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Kind and id() of the targets that are being followed, outermost first: to meet one again is a circle."""
    circles: bool = False
    """Whether a schema was met that reaches itself and is no entity: then the walk must be repeated with `inner`."""
    base: str = ""
    """The URI of the schema with an `$id` around the present place."""
    resource: dict[str, Any] | None = None
    """The schema with an `$id` around the present place: 3.1 resolves local references inside it."""
    size: int = 0
    """Bytes of the present definition so far: its source, what it inherits, and the targets of its references."""
    copied: int = 0
    """Bytes that all definitions together have beyond those of the document."""

    def __post_init__(self) -> None:
        self.grammar = GRAMMARS[self.document.minor]

    def symbol_of(self, target: Target) -> str | None:
        """The component of the schema entity that `target` is; None if it is none, and has to be copied."""
        component = component_of(self.document, target)
        return self.inner.get(id(target.node)) if component is None else component

    @property
    def siblings_count(self) -> bool:
        """Whether keys beside a `$ref` mean something: since OpenAPI 3.1."""
        return self.document.minor >= 1

    def begin_definition(self, place: Place, source: Json, shared: int = 0) -> None:
        """Start a definition made of `source` and `shared` bytes, which other definitions have as well."""
        self.references = set()
        self.size = len(jsontext.encode(source))
        try:
            self._add(shared)
        except Unresolved as unresolved:
            self.report(place, unresolved.code, unresolved.detail)

    def charge(self, target: Json) -> None:
        """Count the bytes of a reference's target, each time it is followed. Raises `Unresolved` beyond a limit.

        This bounds the work as well as the size.
        """
        self._add(0)  # beyond a limit, not even the size of another target is measured
        self._add(len(jsontext.encode(target)))

    def report(self, place: Place, code: str, detail: str) -> None:
        """Add a problem, once for each place and code, however many references lead there.

        Raises `Enough` where there are more than are told.
        """
        problem = Problem(pointer_to(place), code, detail)
        key = ("", code) if code == _ONCE else (problem.pointer, code)
        if key not in self.reported:
            self.reported.add(key)
            self.problems.add(problem)
        if self.problems.full:
            raise Enough

    def _add(self, size: int) -> None:
        self.size += size
        self.copied += size
        if self.size > self.limits.definition_bytes:
            detail = f"With all that belongs to it, the definition has more than {self.limits.definition_bytes} bytes."
            raise Unresolved("definition-too-large", detail)
        if self.copied > self.limits.copied_bytes:
            detail = f"References and shared parts add more than {self.limits.copied_bytes} bytes to the document."
            raise Unresolved(_ONCE, detail)
