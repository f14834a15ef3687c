"""YAML 1.2 read into what JSON would have had: a tree built from the events of libyaml's parser."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from graft.errors import Invalid, Problem, invalid, pointer, raise_if_any
from graft.jsontext import Json
from graft.openapi_import.limits import Limits
from graft.openapi_import.text import flaw, printable
from graft.openapi_import.yaml_scalars import TAG, UnreadableScalar, plain, tagged

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VALUE_SIZE = 8


def read_yaml(text: str, limits: Limits) -> Json:
    """The value of one YAML document; keys are the text they were written with, `<<` is a key like any other.

    `Invalid` for all of: duplicate keys, tags outside the core schema, `.inf` and `.nan`, unknown aliases; alone for
    what ends the reading: a syntax error (with line and column), a second document, a mapping or sequence as key, an
    alias inside its own anchor, nesting or aliases beyond `limits`.
    """
    tree = _Tree(limits)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tree.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error) from None
    except yaml.reader.ReaderError as error:
        detail = f"Not valid YAML: {error.reason} (character {error.position})."
        raise invalid("", "invalid-yaml", detail) from None
    raise_if_any(tree.problems, "The YAML has problems.")
    return tree.root


def _syntax_error(error: yaml.MarkedYAMLError) -> Invalid:
    mark = error.problem_mark or error.context_mark
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return invalid("", "invalid-yaml", f"Not valid YAML: {error.problem or error.context}{place}.")


@dataclass(slots=True)
class _Node:
    """A finished value with what an alias to it costs: its size, and how deep it nests."""

    value: Json
    size: int
    height: int
    text: str | None  # what a scalar was written with: it is its name where it stands as a key


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet; `key` waits for its value."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    key: str | None = None
    size: int = _VALUE_SIZE
    height: int = 1


@dataclass(slots=True)
class _Tree:
    """The tree so far; `take` is given the parser's events in order."""

    limits: Limits
    root: Json = None
    problems: list[Problem] = field(default_factory=list[Problem])
    open: list[_Open] = field(default_factory=list[_Open])
    anchors: dict[str, _Node | None] = field(default_factory=dict[str, "_Node | None"])  # None: not finished
    documents: int = 0
    values: int = 0
    repeated: int = 0

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._start(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise invalid("", "several-documents", f"A second YAML document starts at {_where(event)}.")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text = event.value
        unstorable = flaw(text)
        if unstorable:
            self._report("invalid-character", unstorable, event)
            text = printable(text)
        value: Json = text
        try:
            if event.tag is not None and event.tag != "!":
                value = tagged(text, event.tag)
            elif event.implicit[0] and event.tag is None and not self._is_key():
                value = plain(text)
        except UnreadableScalar as unreadable:
            self._report(unreadable.code, unreadable.detail, event)
        node = _Node(value, _VALUE_SIZE + len(text), 0, text)
        self._place(node, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if self._is_key():
            raise invalid(self._pointer(), "key-not-text", f"A key must be text ({_where(event)}).")
        self._check_depth(1)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", TAG + ("map" if is_mapping else "seq")):
            self._report("unsupported-tag", f"The tag {event.tag} does not fit.", event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open({} if is_mapping else [], event.anchor))

    def _end(self) -> None:
        ended = self.open.pop()
        node = _Node(ended.value, ended.size, ended.height, None)
        if ended.anchor is not None:
            self.anchors[ended.anchor] = node
        self._place(node, None)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self.anchors:
            self._report("unknown-alias", f"Nothing is anchored as {event.anchor}.", event)
            return self._place(_Node(None, _VALUE_SIZE, 0, event.anchor), event)
        node = self.anchors[event.anchor]
        if node is None:
            raise invalid(self._pointer(), "recursive-alias", f"The alias is inside its own anchor ({_where(event)}).")
        self.repeated += node.size
        if self.repeated > self.limits.alias_size:
            detail = f"Aliases repeat more than {self.limits.alias_size} characters ({_where(event)})."
            raise invalid(self._pointer(), "too-many-aliases", detail)
        self._check_depth(node.height)
        return self._place(node, event)

    def _place(self, node: _Node, event: Any) -> None:
        """Put a finished value where it belongs: as the root, an item, a key, or the value of the key before it."""
        self.values += 1
        if self.values > self.limits.document_values:
            detail = f"A document may hold {self.limits.document_values} values."
            raise invalid("", "document-too-large", detail)
        if not self.open:
            self.root = node.value
            return
        parent = self.open[-1]
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if isinstance(parent.value, list):
            parent.value.append(node.value)
        elif parent.key is not None:
            parent.value[parent.key] = node.value
            parent.key = None
        elif node.text is None:
            raise invalid(self._pointer(), "key-not-text", f"A key must be text ({_where(event)}).")
        else:
            parent.key = node.text
            if node.text in parent.value:
                self._report("duplicate-key", "The key stands twice.", event)

    def _is_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def _check_depth(self, height: int) -> None:
        if len(self.open) + height > self.limits.document_depth:
            detail = f"A document may nest {self.limits.document_depth} deep; this one nests deeper."
            raise invalid(self._pointer(), "nested-too-deep", detail)

    def _report(self, code: str, detail: str, event: Any) -> None:
        if len(self.problems) < self.limits.problems:
            self.problems.append(Problem(self._pointer(), code, f"{detail[:-1]} ({_where(event)})."))

    def _pointer(self) -> str:
        """The place of the value that is read now."""
        parts: list[str | int] = []
        for node in self.open:
            if isinstance(node.value, list):
                parts.append(len(node.value))
            elif node.key is not None:
                parts.append(node.key)
        return pointer(*parts)


def _where(event: Any) -> str:
    return f"line {event.start_mark.line + 1}, column {event.start_mark.column + 1}"
