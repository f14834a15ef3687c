"""Read the kinds of entities from TOML: those that ship with Graft, and those that an operator adds (GRAFT_KINDS)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import msgspec

from graft import ids, jsontext
from graft.ids import Id
from graft.jsontext import Json
from graft.manifest import Checker, compile_schema
from graft.merge import ListRule, Lists, ListsError, compile_lists
from graft.templates import DATA_KEYWORDS, Places, Prefixes

SCHEMA = "schema"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_PREFIX = re.compile(r"[a-z]{3}")
_KEYWORD = re.compile(r"[^*]+\*?")
# Prefixes of ids of other things than entities.
_RESERVED_PREFIXES = frozenset({"wsp", "usr", "int", "sol", "per", "evt", "ats", "sec", "pub", "tok"})


class KindsError(Exception):
    """The file of kinds is wrong, or differs from the kinds of the database. The message lists every problem."""


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A list as a table declares it; see `ListRule`."""

    key: str | tuple[str, ...] = ()
    ordered: bool = False
    set: bool = False
    aligned: bool = False

    @property
    def rule(self) -> ListRule:
        key = (self.key,) if isinstance(self.key, str) else self.key
        return ListRule(key, self.ordered, self.set, self.aligned)

    @property
    def short(self) -> "_Declared":
        """The shortest way to say the same, so that two files that do are taken for the same."""
        if self.ordered or self.set or self.aligned:
            return msgspec.structs.replace(self, key=self.rule.key)
        return self.rule.key[0] if len(self.rule.key) == 1 else self.rule.key


# a text or an array: the key
_Declared = str | tuple[str, ...] | _List


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind as a file declares it; kinds.toml says what each key means."""

    prefix: str
    schema: dict[str, object] = {}
    merge_keys: dict[str, _Declared] = {}
    data_places: tuple[str, ...] = DATA_KEYWORDS
    name_maps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entities.

    prefix: the first part of an id
    checker: of definitions, by the kind's JSON Schema
    lists: which arrays of a definition are merged item by item, and how their items are told apart
    places: which strings of a definition are data, and neither a reference nor a placeholder
    takes_any_object: whether the schema asks for no more than an object, so that no definition needs the checker
    shipped: whether its schema changes with Graft alone: what is stored is by it, or by that of a release before
    asks_types_only: whether the schema asks for nothing but types, and nowhere for text or integers
    """

    name: str
    prefix: str
    checker: Checker
    lists: Lists
    places: Places
    takes_any_object: bool
    shipped: bool
    asks_types_only: bool


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds of one process.

    own: the entries of the operator's file, name → keys, as the database stores them to compare processes
    """

    by_name: Mapping[str, Kind]
    by_prefix: Mapping[str, Kind]
    prefixes: Prefixes
    own: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def parse(self, text: str) -> tuple[Kind, Id] | None:
        """The kind and the id in `text`, the wire id of an entity such as `fun_…`; None if it is not one."""
        prefix, _, _ = text.partition("_")
        kind = self.by_prefix.get(prefix)
        entity_id = ids.parse(prefix, text) if kind else None
        return (kind, entity_id) if kind and entity_id else None

    def wire_id(self, kind: str, entity_id: str) -> str:
        return f"{self.by_name[kind].prefix}_{entity_id}"


def load_kinds(extra: Path | None = None) -> Kinds:
    """The kinds that ship with Graft and those of `extra`, a TOML file. `KindsError` lists everything wrong with it."""
    shipped = _entries((resources.files("graft.kinds") / "kinds.toml").read_text("utf-8"), "kinds.toml")

    own: dict[str, _Entry] = {}
    if extra is not None:
        try:
            text = extra.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise KindsError(f"{extra}: {error}") from error
        own = _entries(text, str(extra))
        twice = sorted(shipped.keys() & own.keys())
        if twice:
            raise KindsError(f"{extra}: these kinds ship with Graft: {', '.join(twice)}")

    return _registry(shipped | own, own)


def _entries(text: str, where: str) -> dict[str, _Entry]:
    try:
        entries = msgspec.convert(tomllib.loads(text), dict[str, _Entry])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise KindsError(f"{where}: {error}") from error
    return {
        name: msgspec.structs.replace(entry, merge_keys={at: _list(one).short for at, one in entry.merge_keys.items()})
        for name, entry in entries.items()
    }


def _asks_types_only(schema: Json) -> bool:
    if not isinstance(schema, dict):
        return isinstance(schema, bool)
    types, properties = schema.get("type", []), schema.get("properties", {})
    return (
        schema.keys() <= {"type", "properties", "items"}
        and not {"string", "integer"}.intersection(types if isinstance(types, list) else [types])
        and all(map(_asks_types_only, [*properties.values(), schema.get("items", True)]))
    )


def _list(declared: _Declared) -> _List:
    return declared if isinstance(declared, _List) else _List(declared)


def _registry(entries: Mapping[str, _Entry], own: Mapping[str, _Entry]) -> Kinds:
    """The kinds of these entries, or `KindsError` with the problems of all."""
    problems: list[str] = []
    kinds: list[Kind] = []
    owners: dict[str, str] = {}
    for name, entry in entries.items():
        if not _NAME.fullmatch(name):
            problems.append(f"{name}: a kind's name is lower-case letters, digits and _, starting with a letter")
        if not _PREFIX.fullmatch(entry.prefix) or entry.prefix in _RESERVED_PREFIXES:
            problems.append(f"{name}: {entry.prefix!r} cannot be a prefix")
        if entry.prefix in owners:
            problems.append(f"{name}: {entry.prefix!r} is the prefix of {owners[entry.prefix]}")
        owners[entry.prefix] = name

        problems += [
            f"{name}: data_places: {keyword!r} is neither a key nor the beginning of one with * at its end"
            for keyword in entry.data_places
            if not _KEYWORD.fullmatch(keyword)
        ]

        checker = lists = None
        try:
            lists = compile_lists({place: _list(one).rule for place, one in entry.merge_keys.items()})
        except ListsError as error:
            problems.append(f"{name}: merge_keys: {error}")
        try:
            checker = compile_schema(entry.schema)
        except ValueError as error:
            problems.append(f"{name}: schema: {error}")
        if checker is not None and lists is not None:
            places = Places(entry.data_places, entry.name_maps)
            any_object, types_only = entry.schema in ({}, {"type": "object"}), _asks_types_only(entry.schema)
            kinds.append(Kind(name, entry.prefix, checker, lists, places, any_object, name not in own, types_only))

    if problems:
        raise KindsError("; ".join(problems))
    return Kinds(
        {kind.name: kind for kind in kinds},
        {kind.prefix: kind for kind in kinds},
        Prefixes.of([kind.prefix for kind in kinds]),
        jsontext.decode(jsontext.encode(own)),
    )
