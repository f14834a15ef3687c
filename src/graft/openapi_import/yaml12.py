"""Read YAML 1.2 into JSON values: build a tree from the events of libyaml's parser."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from graft.errors import Invalid, Problem, Problems, invalid, raise_if_any
from graft.jsontext import Json, Place, pointer_to, printable, text_problem
from graft.openapi_import.limits import Limits
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.yaml_merge import Merge, merge_into, sources_of
from graft.openapi_import.yaml_scalars import TAG, UnreadableScalar, plain, tagged
from graft.openapi_import.yaml_text import StandIns, stand_ins

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What a value weighs beside its text, in `limits.alias_size`.
_VALUE_SIZE = 8
_MERGE_KEY = "<<"
# A message quotes at most so many characters of the document.
_SHOWN = 100


def read_yaml(text: str, limits: Limits, odd: Oddities) -> Json:
    """Read one YAML document. Keys are the text they were written with, and the sources of `<<` are merged.

    `Invalid` lists all of these: duplicate keys, tags outside the core schema, `.inf` and `.nan`, unknown aliases. What
    ends the reading stands in it alone: a syntax error (with line and column), a second document with content, a
    mapping or sequence as key, an alias inside its own anchor, nesting or aliases beyond `limits`.
    """
    readable = stand_ins(text)
    tree = _Tree(limits, odd, readable)
    try:
        for event in yaml.parse(readable.text, Loader=_LOADER):
            tree.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error) from None
    except yaml.reader.ReaderError as error:
        detail = f"Not valid YAML: {error.reason} (character {error.position})."
        raise invalid("", "invalid-yaml", detail) from None

    raise_if_any(tree.problems, "The YAML has problems.")
    if tree.empty_documents and tree.has_content:
        odd.note(None, "empty-document", "Documents without content stand beside the one that was read.")
    return tree.root


def _syntax_error(error: yaml.MarkedYAMLError) -> Invalid:
    mark = error.problem_mark or error.context_mark
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return invalid("", "invalid-yaml", f"Not valid YAML: {error.problem or error.context}{place}.")


@dataclass(slots=True)
class _Node:
    """A finished value, with what an alias to it repeats: its size, and how deep it nests."""

    value: Json
    size: int
    height: int
    text: str | None  # the text of a scalar, which is its name if it is a key


@dataclass(slots=True)
class _OpenCollection:
    """A mapping or sequence whose end has not come yet; `key` is the key that waits for its value."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    key: str | None = None
    size: int = _VALUE_SIZE
    height: int = 1
    merging: bool = False  # whether `key` is `<<`
    merges: list[Merge] = field(default_factory=list[Merge])


@dataclass(slots=True)
class _Tree:
    """The tree so far; `take` gets the parser's events, in order."""

    limits: Limits
    odd: Oddities
    readable: StandIns
    root: Json = None
    problems: Problems = field(default_factory=Problems)
    open: list[_OpenCollection] = field(default_factory=list[_OpenCollection])
    anchors: dict[str, _Node | None] = field(default_factory=dict[str, "_Node | None"])  # None: not finished
    has_content: bool = False
    empty_documents: int = 0
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

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text = self.readable.restored(event.value, event.style)
        is_plain = event.implicit[0] and event.tag is None
        if not self.open and is_plain and not text and event.anchor is None:
            self.empty_documents += 1
            return

        self._open_document(event)
        unstorable = text_problem(text)
        if unstorable:
            self._report("invalid-text", unstorable, event)
            text = printable(text)

        is_key = self._is_key()
        merging = is_key and text == _MERGE_KEY and (is_plain or event.tag == TAG + "merge")
        value = text if merging or (is_plain and is_key) else self._value(text, event)
        node = _Node(value, _VALUE_SIZE + len(text), 0, text)

        self._add(node, event)
        if merging:
            self.open[-1].merging = True
        if event.anchor is not None:
            self.anchors[event.anchor] = node

    def _value(self, text: str, event: yaml.ScalarEvent) -> Json:
        value: Json = text
        try:
            if event.tag is not None and event.tag != "!":
                value = tagged(text, event.tag)
            elif event.implicit[0] and event.tag is None:
                value = plain(text)
        except UnreadableScalar as unreadable:
            self._report(unreadable.code, unreadable.detail, event)
        if isinstance(value, Decimal):
            self.odd.spell(value, text)
        return value

    def _open_document(self, event: Any) -> None:
        """Begin a document, if none is open. Only one may have content."""
        if not self.open:
            if self.has_content:
                raise invalid("", "several-documents", f"A second YAML document starts at {_where(event)}.")
            self.has_content = True

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if self._is_key():
            raise invalid(self._pointer(), "key-not-text", f"A key must be text ({_where(event)}).")
        self._open_document(event)
        self._check_depth(1)

        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", TAG + ("map" if is_mapping else "seq")):
            self._report("unsupported-tag", f"The tag {event.tag[:_SHOWN]} does not fit.", event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_OpenCollection({} if is_mapping else [], event.anchor))

    def _end(self) -> None:
        ended = self.open[-1]
        if ended.merges and isinstance(ended.value, dict):
            for name in merge_into(ended.value, ended.merges):
                self._report("duplicate-key", f"More than one << brings the key {name[:_SHOWN]!r}.", None)

        self.open.pop()
        node = _Node(ended.value, ended.size, ended.height, None)
        if ended.anchor is not None:
            self.anchors[ended.anchor] = node
        self._add(node, None)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self.anchors:
            self._report("unknown-alias", f"Nothing is anchored as {event.anchor[:_SHOWN]}.", event)
            return self._add(_Node(None, _VALUE_SIZE, 0, event.anchor), event)
        node = self.anchors[event.anchor]
        if node is None:
            raise invalid(self._pointer(), "recursive-alias", f"The alias is inside its own anchor ({_where(event)}).")

        self.repeated += node.size
        if self.repeated > self.limits.alias_size:
            detail = f"Aliases repeat more than {self.limits.alias_size} characters ({_where(event)})."
            raise invalid(self._pointer(), "too-many-aliases", detail)
        self._check_depth(node.height)
        return self._add(node, event)

    def _add(self, node: _Node, event: Any) -> None:
        """Add a finished value to the tree: as the root, an item, a key, or the value of the key before it."""
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
            self._set_or_merge(parent, parent.value, parent.key, node)
            parent.key, parent.merging = None, False
        elif node.text is None:
            raise invalid(self._pointer(), "key-not-text", f"A key must be text ({_where(event)}).")
        else:
            parent.key = node.text
            if node.text in parent.value:
                self._report("duplicate-key", "The key stands twice.", event)

    def _set_or_merge(self, parent: _OpenCollection, mapping: dict[str, Any], key: str, node: _Node) -> None:
        """Set a key of a mapping; of `<<`, keep the sources until the mapping ends."""
        if not parent.merging:
            mapping[key] = node.value
            return

        place = self._here()
        sources = sources_of(node.value)
        if sources is None:
            self.odd.note(place, "merge-key", "<< names nothing that can be merged: it is taken as the key that it is.")
            mapping[key] = node.value
            return

        parent.merges.append(sources)
        self.odd.note(place and place[0], "merge-key", "The keys that << names are merged; YAML 1.2 has no merge keys.")

    def _is_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def _check_depth(self, height: int) -> None:
        if len(self.open) + height > self.limits.document_depth:
            detail = f"A document may nest {self.limits.document_depth} deep; this one nests deeper."
            raise invalid(self._pointer(), "too-deep", detail)

    def _report(self, code: str, detail: str, event: Any) -> None:
        if self.problems.full:
            self.problems.left_out += 1
            return
        text = f"{detail[:-1]} ({_where(event)})." if event is not None else detail
        self.problems.add(Problem(self._pointer(), code, text))

    def _pointer(self) -> str:
        return pointer_to(self._here())

    def _here(self) -> Place:
        """The place of the value that comes next."""
        place: Place = None
        for node in self.open:
            if isinstance(node.value, list):
                place = (place, len(node.value))
            elif node.key is not None:
                place = (place, node.key)
        return place


def _where(event: Any) -> str:
    return f"line {event.start_mark.line + 1}, column {event.start_mark.column + 1}"
