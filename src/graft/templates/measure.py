"""How large and how deep a template reads with given variables, known before anything of that size is built."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from graft import jsontext
from graft.jsontext import Json
from graft.templates.placeholders import whole_placeholders
from graft.templates.places import Places
from graft.templates.render import Member, Parts, Variable, as_text

# `"`, the prefix, `_`, an id, `"`
_AROUND_PREFIX = 29
# A template has escaped what is data: each placeholder that is left in it is meant.
_ALL_MEANT = Places(())


class Use(NamedTuple):
    """How often a template takes a variable as a whole value, how often inside a longer text.

    `depth`: how many objects and arrays are around it where it is a whole value, at most; 0 where it is none.
    """

    whole: int
    inside: int
    depth: int


class Measure(NamedTuple):
    """`size`: the bytes of a template that is filled in with ids, and with nothing for each variable."""

    size: int
    uses: Mapping[str, Use]

    @classmethod
    def stored(cls, size: int, variables: Sequence[str], numbers: Sequence[int]) -> "Measure":
        """Of what `numbers` gave."""
        uses = (Use(*numbers[at : at + 3]) for at in range(0, len(numbers), 3))
        return cls(size, dict(zip(variables, uses, strict=True)))

    @property
    def numbers(self) -> list[int]:
        """Three for each variable, in their order."""
        return [number for use in self.uses.values() for number in use]


class Value:
    """A variable's value, with what filling it in adds."""

    def __init__(self, value: Json) -> None:
        self._value = value

    @cached_property
    def whole(self) -> int:
        """Its bytes as a whole value."""
        return len(jsontext.encode(self._value))

    @cached_property
    def inside(self) -> int:
        """Its bytes inside a longer text."""
        return len(as_text(self._value))

    @cached_property
    def depth(self) -> int:
        """How deep it nests: 0 for a scalar, 1 for `{}`."""
        deepest = 0
        pending = [(self._value, 1)]
        while pending:
            node, depth = pending.pop()
            if isinstance(node, (dict, list)):
                deepest = max(deepest, depth)
                children = node.values() if isinstance(node, dict) else node
                pending += [(child, depth + 1) for child in children]
        return deepest


NO_VALUE = Value(None)


def measured(body: bytes, parts: Parts) -> Measure:
    """The measure of a template, given as text and cut."""
    size = 0
    whole: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for part in parts.parts:
        if isinstance(part, bytes):
            size += len(part)
        elif isinstance(part, Member):
            size += _AROUND_PREFIX + len(part.prefix)
        else:
            (whole if part.whole else inside)[part.name] += 1

    depths: dict[str, int] = {}
    if whole:
        for text, name in whole_placeholders(jsontext.decode(body), _ALL_MEANT):
            depths[name] = max(depths.get(name, 0), text.depth)

    names = dict.fromkeys(part.name for part in parts.parts if isinstance(part, Variable))
    return Measure(size, {name: Use(whole[name], inside[name], depths.get(name, 0)) for name in names})


def rendered_size(measure: Measure, values: Mapping[str, Value]) -> int:
    """The bytes of what a template reads as; exact where the install has all ids, else a little more than that."""
    return measure.size + sum(added(use, values.get(name, NO_VALUE)) for name, use in measure.uses.items())


def added(use: Use, value: Value) -> int:
    """The bytes that a variable adds to a template."""
    return (use.whole * value.whole if use.whole else 0) + (use.inside * value.inside if use.inside else 0)
