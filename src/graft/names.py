r"""Which characters names and other texts for people may hold: none that steers a terminal, turns a line or hides.

The patterns are read by Python and, in the OpenAPI document, by JavaScript: escapes of both, `\Z` for the end.
"""

import re

# Of Unicode: control characters and separators of lines, marks of direction, blanks without width.
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = r"\u200b\u2060\ufeff"
_REFUSED = _CONTROL + _DIRECTION + _HIDDEN
# Allowed between others, and nothing by themselves: joiners, fillers, variation selectors.
_UNSEEN = r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"

NAME = rf"^(?=.*[^\s{_UNSEEN}])[^{_REFUSED}]*\Z"
EMAIL = rf"^[^@\s{_REFUSED}{_UNSEEN}]+@[^@\s{_REFUSED}{_UNSEEN}]+\Z"
# Of several lines; its direction may turn, as it stands by itself.
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*\Z"

_NOT_IN_NAMES = re.compile(f"[{_REFUSED}]+")


def printable(text: str) -> str:
    """A name that somebody else gave, with a blank for what a name may not hold; empty if nothing is left to read."""
    name = _NOT_IN_NAMES.sub(" ", text).strip() if _NOT_IN_NAMES.search(text) else text
    return name if re.match(NAME, name) else ""
