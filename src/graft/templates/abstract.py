"""Turn a definition into a template, so that one text serves every install of a version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from graft import jsontext
from graft.ids import Id
from graft.templates.measure import Measure, measure_template
from graft.templates.places import COMMON, Places, Text
from graft.templates.references import Prefixes, has_length_of_an_id
from graft.templates.render import split

_MARK = "${"


@dataclass(frozen=True, slots=True)
class Template:
    """A definition in symbolic form.

    body: compact JSON
    digest: SHA-256 of its canonical form, so that templates which differ only in the order of keys are equal
    refs: the slugs of the members that it refers to, each once
    measure: how large it is when it is rendered
    """

    body: bytes
    digest: bytes
    refs: tuple[str, ...]
    measure: Measure

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that it asks for."""
        return tuple(self.measure.uses)


def abstract(
    definition: bytes, slugs: Mapping[Id, str], prefixes: Prefixes, places: Places = COMMON, *, literal: bool = False
) -> Template:
    """Make the template of a definition. `slugs` maps entity ids to the slugs of their members; other ids stay text.

    `literal` says that a `${` in the definition is text, as in a clone that has been rendered already. In a data place,
    `${` and ids are text in any case. A `${` that is text is escaped (`$${`), so that `render` need not know of places.
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
        measure_template(body, parts),
    )


def escape(definition: bytes, places: Places = COMMON) -> bytes:
    """Write each `${` of a definition as `$${`, so that installs of it read the text as it is here.

    Data places are left alone, as nothing is filled in there.
    """
    if b"${" not in definition:
        return definition

    tree = jsontext.decode(definition)
    for text in places.texts(tree, _has_mark):
        if not text.is_data:
            text.holder[text.key] = _escaped(text.value)
    return jsontext.encode(tree)


def _symbolic(text: Text, slugs: Mapping[Id, str], prefixes: Prefixes, *, literal: bool) -> str:
    """A string of the definition, as the template has it."""
    value = text.value
    if literal or text.is_data:
        value = _escaped(value)
    elif value.startswith("${members."):
        # an author may not write symbols: what looks like one is text
        value = "$" + value

    reference = None if text.is_data else prefixes.parse(value)
    if reference and reference.id in slugs:
        return f"${{members.{reference.prefix}:{slugs[reference.id]}}}"
    return value


def _escaped(text: str) -> str:
    return text.replace(_MARK, "$" + _MARK)


def _has_mark(text: str) -> bool:
    return _MARK in text


def _may_change(text: str) -> bool:
    return _MARK in text or has_length_of_an_id(text)
