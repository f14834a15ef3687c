"""Find the entities that a definition refers to."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graft import jsontext
from graft.ids import SUFFIX, Id
from graft.jsontext import Json
from graft.templates.places import COMMON, Places, Text

_LENGTH = len("sch_") + 26


class Reference(NamedTuple):
    """The prefix and the id of an entity that is referred to: `("sch", "01h…")`."""

    prefix: str
    id: Id


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The prefixes of ids that make a string a reference, as regular expressions.

    in_text: finds references in compact JSON, quotes included
    whole: matches a string that is a reference
    """

    in_text: re.Pattern[bytes]
    whole: re.Pattern[str]

    @classmethod
    def of(cls, prefixes: Collection[str]) -> "Prefixes":
        either = "|".join(sorted(prefixes))
        return cls(
            # the look-behind comes after the quote, so that the engine can skip from quote to quote
            re.compile(rf'"(?<=[:,\[]")({either})_({SUFFIX})"(?!:)'.encode()),
            re.compile(rf"({either})_({SUFFIX})"),
        )

    def ids_in(self, text: bytes) -> list[Id]:
        """The ids in compact JSON that are whole strings, those in data places among them."""
        return [Id(match[2].decode()) for match in self.in_text.finditer(text)]

    def parse(self, text: str) -> Reference | None:
        """The reference that `text` is as a whole; None if it is none."""
        found = self.whole.fullmatch(text)
        return Reference(found[1], Id(found[2])) if found else None


def references(definition: bytes, prefixes: Prefixes, places: Places = COMMON) -> list[Reference]:
    """The references in compact JSON, each once, in order of appearance, without those in data places."""
    found = [Reference(match[1].decode(), Id(match[2].decode())) for match in prefixes.in_text.finditer(definition)]
    if found and places.may_be_in(definition):
        # some of them may be data, which only the tree can tell
        tree = jsontext.decode(definition)
        found = [reference for _, reference in reference_places(tree, prefixes, places)]
    return list(dict.fromkeys(found))


def reference_places(tree: Json, prefixes: Prefixes, places: Places = COMMON) -> Iterator[tuple[Text, Reference]]:
    """Each place of a tree with a reference, in order of appearance, without data places."""
    for text in places.texts(tree, has_length_of_an_id):
        reference = None if text.is_data else prefixes.parse(text.value)
        if reference:
            yield text, reference


def has_length_of_an_id(text: str) -> bool:
    """Whether `text` could be a reference: all prefixes of entities have three letters."""
    return len(text) == _LENGTH
