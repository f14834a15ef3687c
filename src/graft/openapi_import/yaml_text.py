"""Replace the characters that libyaml reads in another way than YAML 1.2, and put them back into what it has read.

libyaml takes U+0085, U+2028 and U+2029 for line breaks, refuses characters that JSON allows in text, and refuses the
pair of escapes by which JSON writes a character past U+FFFF. Each is replaced by a character that the text lacks.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from graft.errors import invalid

_MISREAD = (*map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff")
_HIGH_SURROGATE = re.compile(r"\\u[dD][89abAB]")
# Escapes are matched one by one, so that the second backslash of `\\` begins none. Outside of double quotes this does
# no harm, as a backslash never stands right before an opening quote.
_ESCAPE = re.compile(r"\\(?:(u[dD][89abAB][0-9a-fA-F]{2})\\(u[dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL)
_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


class StandIns(NamedTuple):
    """A text that libyaml reads correctly, and how its scalars get their own characters back."""

    text: str
    back: dict[int, str]
    backslash: str | None
    """Replaces each of the two backslashes in a pair of escapes."""

    def restored(self, scalar: str, style: str | None) -> str:
        """The scalar with its own characters. A pair of escapes is one character between double quotes only."""
        if self.backslash is not None and self.backslash in scalar:
            mark = re.escape(self.backslash)
            pairs = re.compile(f"{mark}u(.{{4}}){mark}u(.{{4}})")
            scalar = pairs.sub(_character, scalar) if style == '"' else scalar.replace(self.backslash, "\\")
        return scalar.translate(self.back) if self.back else scalar


def stand_ins(text: str) -> StandIns:
    """Replace what libyaml would misread. Raises `Invalid` (`invalid-text`) if the text leaves no character for it."""
    misread = [character for character in _MISREAD if character in text]
    has_pairs = bool(_HIGH_SURROGATE.search(text))
    if not misread and not has_pairs:
        return StandIns(text, {}, None)

    unused = _unused_characters(text)
    replaced = {ord(character): next(unused) for character in misread}
    backslash = next(unused) if has_pairs else None
    if backslash is not None:
        text = _ESCAPE.sub(lambda found: _replace_pair(found, backslash), text)

    return StandIns(text.translate(replaced), {ord(mark): chr(of) for of, mark in replaced.items()}, backslash)


def _replace_pair(found: re.Match[str], backslash: str) -> str:
    return f"{backslash}{found[1]}{backslash}{found[2]}" if found[1] else found[0]


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair[1], 16), int(pair[2], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _unused_characters(text: str) -> Iterator[str]:
    """Characters for private use that the text does not have."""
    present = set(text)
    for private in _PRIVATE:
        yield from (character for character in map(chr, private) if character not in present)
    raise invalid("", "invalid-text", "The document uses every private character of Unicode.")
