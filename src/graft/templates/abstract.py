"""Write a definition in symbolic form, so that one text serves every install of a version."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from graft import jsontext
from graft.ids import Id
from graft.templates.references import Prefixes
from graft.templates.render import STRING, split

# what an author wrote in the form of a symbol is text; a key is never one
_LOOKS_SYMBOLIC = re.compile(rb'(?<=[:,\[])"(?=\$\{members\.(?:[^"\\]|\\.)*+"(?!:))')


@dataclass(frozen=True, slots=True)
class Template:
    """Symbolic JSON text, its SHA-256 by canonical form, the member slugs and the variables that it asks for."""

    body: bytes
    digest: bytes
    refs: tuple[str, ...]
    variables: tuple[str, ...]


def abstract(definition: bytes, slugs: Mapping[Id, str], prefixes: Prefixes, *, literal: bool = False) -> Template:
    """The template of a definition whose references are all keys of `slugs`.

    `literal`: the definition is what a clone reads as, so a `${` in it is text and stays text.
    """
    definition = STRING.sub(_escaped, definition) if literal else _LOOKS_SYMBOLIC.sub(rb'"$', definition)

    def symbol(match: re.Match[bytes]) -> bytes:
        return b'"${members.%b:%b}"' % (match[1], slugs[Id(match[2].decode())].encode())

    body = prefixes.in_text.sub(symbol, definition)
    parts = split(body)
    return Template(
        body,
        hashlib.sha256(jsontext.canonical(jsontext.decode(body))).digest(),
        tuple(dict.fromkeys(part.slug for part in parts.members)),
        tuple(dict.fromkeys(part.name for part in parts.variables)),
    )


def _escaped(string: re.Match[bytes]) -> bytes:
    """A string value with each `${` written as the escape of itself; keys are never placeholders."""
    return string[0] if string[1] else string[0].replace(b"${", b"$${")
