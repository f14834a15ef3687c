"""Write a definition in symbolic form, so that one text serves every install of a version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from graft import jsontext
from graft.ids import Id
from graft.templates.measure import Measure, measured
from graft.templates.places import COMMON, Places, Text
from graft.templates.references import Prefixes, has_length_of_an_id
from graft.templates.render import split

_MARK = "${"


@dataclass(frozen=True, slots=True)
class Template:
    """Symbolic JSON text, its SHA-256 by canonical form, the member slugs that it names, and how it fills up."""

    body: bytes
    digest: bytes
    refs: tuple[str, ...]
    measure: Measure

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it asks for."""
        return tuple(self.measure.uses)


def abstract(
    definition: bytes, slugs: Mapping[Id, str], prefixes: Prefixes, places: Places = COMMON, *, literal: bool = False
) -> Template:
    """The template of a definition: the ids that are keys of `slugs` become symbols, any other id stays text.

    `literal`: the definition is what a clone reads as, so a `${` in it is text and stays text. So does one in a data
    place, and so does an id there. What is text is escaped here, so that whoever fills the template in need not know of
    places.
    """
    tree = jsontext.decode(definition)

    if slugs or b"${" in definition:
        for text in places.texts(tree, _may_change):
            text.holder[text.key] = _symbolic(text, slugs, prefixes, literal=literal)

    body = jsontext.encode(tree)
    parts = split(body)
    return Template(
        body,
        hashlib.sha256(jsontext.canonical(tree)).digest(),
        tuple(dict.fromkeys(part.slug for part in parts.members)),
        measured(body, parts),
    )


def escape(definition: bytes, places: Places = COMMON) -> bytes:
    """The definition with each `${` outside data places as `$${`: published, it reads as it was.

    Inside data places nothing is filled in anyway.
    """
    if b"${" not in definition:
        return definition
    tree = jsontext.decode(definition)
    for text in places.texts(tree, _has_mark):
        if text.meant:
            text.holder[text.key] = _escaped(text.value)
    return jsontext.encode(tree)


def _symbolic(text: Text, slugs: Mapping[Id, str], prefixes: Prefixes, *, literal: bool) -> str:
    """A string as it stands in the template."""
    value = text.value
    if literal or not text.meant:
        value = _escaped(value)
    elif value.startswith("${members."):
        # what an author wrote in the form of a symbol is text
        value = "$" + value
    reference = prefixes.parse(value) if text.meant else None
    return f"${{members.{reference.prefix}:{slugs[reference.id]}}}" if reference and reference.id in slugs else value


def _escaped(text: str) -> str:
    return text.replace(_MARK, "$" + _MARK)


def _has_mark(text: str) -> bool:
    return _MARK in text


def _may_change(text: str) -> bool:
    return _MARK in text or has_length_of_an_id(text)
