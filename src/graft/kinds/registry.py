"""Kinds are data: name, id prefix, the schema of a definition, its data places, and the arrays that merge by a key."""

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
from graft.templates import DATA_KEYWORDS, Places, Prefixes

SCHEMA = "schema"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_PREFIX = re.compile(r"[a-z]{3}")
_KEYWORD = re.compile(r"[^*]+\*?")
# prefixes of ids that are no entities
_TAKEN = frozenset({"wsp", "usr", "int", "sol", "per", "evt", "ats", "sec", "pub", "tok"})


class KindsError(Exception):
    """The file of kinds is wrong; the text lists everything."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prefix: str
    schema: dict[str, object] = {}
    merge_keys: dict[str, str] = {}
    data_places: tuple[str, ...] = DATA_KEYWORDS
    name_maps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    prefix: str
    checker: Checker
    merge_keys: Mapping[str, str]
    places: Places
    # the schema says no more than that a definition is an object, so nothing in one needs to be checked
    takes_any_object: bool


@dataclass(frozen=True, slots=True)
class Kinds:
    """The registry of one process."""

    by_name: Mapping[str, Kind]
    by_prefix: Mapping[str, Kind]
    prefixes: Prefixes
    # those of the file, as it says them: name → the keys of its entry
    own: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def parse(self, text: str) -> tuple[Kind, Id] | None:
        """Kind and id of an entity's wire id; None where it is none."""
        prefix, _, _ = text.partition("_")
        kind = self.by_prefix.get(prefix)
        entity_id = ids.parse(prefix, text) if kind else None
        return (kind, entity_id) if kind and entity_id else None

    def wire_id(self, kind: str, entity_id: str) -> str:
        return f"{self.by_name[kind].prefix}_{entity_id}"


def load_kinds(extra: Path | None = None) -> Kinds:
    """The kinds that ship with Graft and those of `extra`, a TOML file; `KindsError` lists everything wrong with it."""
    found = _entries((resources.files("graft.kinds") / "kinds.toml").read_text("utf-8"), "kinds.toml")
    own: dict[str, _Entry] = {}
    if extra is not None:
        try:
            text = extra.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise KindsError(f"{extra}: {error}") from error
        own = _entries(text, str(extra))
        twice = sorted(found.keys() & own.keys())
        if twice:
            raise KindsError(f"{extra}: these kinds ship with Graft: {', '.join(twice)}")
    return _registry(found | own, own)


def _entries(text: str, where: str) -> dict[str, _Entry]:
    try:
        return msgspec.convert(tomllib.loads(text), dict[str, _Entry])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise KindsError(f"{where}: {error}") from error


def _registry(entries: Mapping[str, _Entry], own: Mapping[str, _Entry]) -> Kinds:
    problems: list[str] = []
    kinds: list[Kind] = []
    owners: dict[str, str] = {}
    for name, entry in entries.items():
        if not _NAME.fullmatch(name):
            problems.append(f"{name}: a kind's name is lower-case letters, digits and _, starting with a letter")
        if not _PREFIX.fullmatch(entry.prefix) or entry.prefix in _TAKEN:
            problems.append(f"{name}: {entry.prefix!r} cannot be a prefix")
        if entry.prefix in owners:
            problems.append(f"{name}: {entry.prefix!r} is the prefix of {owners[entry.prefix]}")
        owners[entry.prefix] = name
        problems += [
            f"{name}: merge_keys: {place!r} is no JSON pointer of an array, or {key!r} no key of its elements"
            for place, key in entry.merge_keys.items()
            if not place.startswith("/") or not key
        ]
        problems += [
            f"{name}: data_places: {keyword!r} is neither a key nor the beginning of one with * at its end"
            for keyword in entry.data_places
            if not _KEYWORD.fullmatch(keyword)
        ]
        places = Places(entry.data_places, entry.name_maps)
        try:
            checker = compile_schema(entry.schema)
            takes_any_object = entry.schema in ({}, {"type": "object"})
            kinds.append(Kind(name, entry.prefix, checker, entry.merge_keys, places, takes_any_object))
        except ValueError as error:
            problems.append(f"{name}: schema: {error}")
    if problems:
        raise KindsError("; ".join(problems))
    return Kinds(
        {kind.name: kind for kind in kinds},
        {kind.prefix: kind for kind in kinds},
        Prefixes.of([kind.prefix for kind in kinds]),
        jsontext.decode(jsontext.encode(own)),
    )
