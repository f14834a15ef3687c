"""Merge two changes of a text by words: a proposal to a person, for nothing here tells whether it is still true."""

import re
from difflib import SequenceMatcher
from itertools import pairwise

# Of each of the three texts. Longer ones are for an editor.
_MAX_LENGTH = 2_000
# Words of one side times words of the other that are compared with each other; beyond it, the stretch is one change.
_MAX_PAIRS = 40_000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

# words [start, end) of the base → others
_Change = tuple[int, int, list[str]]


def suggestion(base: str, current: str, target: str) -> str | None:
    """The base with the changes of both sides, None where they touch each other or the texts are too long."""
    if max(map(len, (base, current, target))) > _MAX_LENGTH:
        return None
    words = _WORD.findall(base)
    mine, theirs = _changes(words, _WORD.findall(current)), _changes(words, _WORD.findall(target))
    changes = sorted(mine + [change for change in theirs if change not in mine])
    if any(after[0] <= before[1] for before, after in pairwise(changes)):
        return None

    parts: list[str] = []
    place = 0
    for start, end, replacement in changes:
        parts += words[place:start]
        parts += replacement
        place = end
    return "".join(parts + words[place:])


def _changes(base: list[str], side: list[str]) -> list[_Change]:
    """What `side` has instead of stretches of `base`."""
    start = 0
    while start < min(len(base), len(side)) and base[start] == side[start]:
        start += 1
    tail = 0
    while tail < min(len(base), len(side)) - start and base[-1 - tail] == side[-1 - tail]:
        tail += 1

    before, after = base[start : len(base) - tail], side[start : len(side) - tail]
    if not before and not after:
        return []
    if len(before) * len(after) > _MAX_PAIRS:
        return [(start, start + len(before), after)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        (start + from_, start + to, after[there:end])
        for tag, from_, to, there, end in matcher.get_opcodes()
        if tag != "equal"
    ]
