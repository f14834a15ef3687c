"""The placeholders in a definition: those that are values as a whole, and those that are none though they were meant.

Whatever begins with `${`, blanks or none, and the word `variables` was meant as a placeholder. What is none then is a
slip that would be installed as text without a word. Any other `${` is text: `${HOME}` of a shell, `${{ secrets.X }}` of
a pipeline. So is `$${`, which writes a `${`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from graft import jsontext
from graft.jsontext import Json
from graft.templates.places import COMMON, Places, Text
from graft.templates.render import VARIABLE

_WHOLE = re.compile(rf"\$\{{variables\.({VARIABLE})\}}")
_MEANT = re.compile(
    rf"\$\$\{{|\$\{{variables\.{VARIABLE}\}}|(?P<malformed>\$\{{\s*variables(?![A-Za-z0-9_])[^{{}}$]{{0,60}}\}}?)"
)
# More than there is: finds where a walk is worth its while.
_SUSPECT = re.compile(rf'\$\{{(?!variables\.{VARIABLE}\}})[^"{{}}$]*variables'.encode())


class Placeholder(NamedTuple):
    """A string that is a placeholder as a whole."""

    text: Text
    variable: str


def whole_placeholders(tree: Json, places: Places = COMMON) -> Iterator[Placeholder]:
    """Those of a tree that are values as a whole, outside data places. Whoever reads them may replace each."""
    for text in places.texts(tree, _begins):
        found = _WHOLE.fullmatch(text.value)
        if found and text.meant:
            yield Placeholder(text, found[1])


def malformed_placeholders(definition: bytes, places: Places = COMMON) -> Iterator[tuple[str, str]]:
    """JSON pointer and text of each that is none, in compact JSON; the text is cut at some 60 characters."""
    if not _SUSPECT.search(definition):
        return
    for text in places.texts(jsontext.decode(definition), _holds):
        if text.meant:
            for found in _MEANT.finditer(text.value):
                if found["malformed"]:
                    yield text.pointer, found["malformed"]


def _begins(text: str) -> bool:
    return text.startswith("${variables.")


def _holds(text: str) -> bool:
    return "variables" in text and "${" in text
