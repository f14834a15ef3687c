"""Find placeholders in a definition: those that are whole values, and those that are malformed.

What begins with `${` and the word `variables`, blanks between them or not, was meant as a placeholder. If it is none,
it is a slip, which would otherwise be installed as text and never noticed. Any other `${` is text: `${HOME}` of a
shell, `${{ secrets.X }}` of a pipeline. So is `$${`, which stands for `${`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from graft import jsontext
from graft.jsontext import Json
from graft.templates.places import COMMON, Places, Text
from graft.templates.render import VARIABLE

_WHOLE = re.compile(rf"\$\{{variables\.({VARIABLE})\}}")
# Escaped, well-formed, or malformed; the first two are here so that the third does not find itself inside of one.
_ANY = re.compile(
    rf"\$\$\{{|\$\{{variables\.(?P<variable>{VARIABLE})\}}|(?P<malformed>\$\{{\s*variables(?![A-Za-z0-9_])[^{{}}$]{{0,60}}\}}?)"
)
# Finds all malformed ones and more, in text that is not parsed: without a match there is nothing to look for.
_MAYBE_MALFORMED = re.compile(rf'\$\{{(?!variables\.{VARIABLE}\}})[^"{{}}$]*variables'.encode())


class Placeholder(NamedTuple):
    """A string value that is or holds a placeholder, and the name of its variable."""

    text: Text
    variable: str


def whole_placeholders(tree: Json, places: Places = COMMON) -> Iterator[Placeholder]:
    """The strings of a tree that are placeholders as a whole, outside data places. A caller may replace each one."""
    for text in places.texts(tree, _begins_as_placeholder):
        found = _WHOLE.fullmatch(text.value)
        if found and not text.is_data:
            yield Placeholder(text, found[1])


def placeholders(tree: Json, places: Places = COMMON) -> Iterator[Placeholder]:
    """All placeholders of a tree, also those inside of longer strings; as data places have none."""
    for text in places.texts(tree, _may_have_placeholder):
        if not text.is_data:
            for found in _ANY.finditer(text.value):
                if found["variable"]:
                    yield Placeholder(text, found["variable"])


def malformed_placeholders(definition: bytes, places: Places = COMMON) -> Iterator[tuple[str, str]]:
    """JSON pointer and text of each malformed placeholder in compact JSON; the text is cut after some 60 characters."""
    if not _MAYBE_MALFORMED.search(definition):
        return

    for text in places.texts(jsontext.decode(definition), _may_have_placeholder):
        if text.is_data:
            continue
        for found in _ANY.finditer(text.value):
            if found["malformed"]:
                yield text.shown, found["malformed"]


def _begins_as_placeholder(text: str) -> bool:
    return text.startswith("${variables.")


def _may_have_placeholder(text: str) -> bool:
    return "variables" in text and "${" in text
