"""Compute how large and how deep a template is once rendered, so that a too large one is refused and never built."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from graft import jsontext
from graft.jsontext import Json
from graft.templates.placeholders import whole_placeholders
from graft.templates.places import Places
from graft.templates.render import MemberHole, Parts, VariableHole, as_text

# An id in quotes, less its prefix: `"`, `_`, 26 characters, `"`.
_BYTES_BESIDE_PREFIX = 29
# In a template what stands in data places is escaped, so every placeholder in it counts.
_NO_DATA_PLACES = Places(())


class VariableUse(NamedTuple):
    """How a template uses a variable.

    whole: how often as a whole value
    inside: how often inside a longer string
    depth: of the uses as a whole value, the most objects and arrays around one; 0 if there is none
    """

    whole: int
    inside: int
    depth: int


class Measure(NamedTuple):
    """What must be known of a template to tell its size with given variables.

    size: bytes of the text with all ids filled in, and with nothing in the place of each variable
    uses: variable → how the template uses it
    """

    size: int
    uses: Mapping[str, VariableUse]

    @classmethod
    def stored(cls, size: int, variables: Sequence[str], numbers: Sequence[int]) -> "Measure":
        """The measure that was stored as `size`, the names of the variables and `numbers`."""
        uses = (VariableUse(*numbers[at : at + 3]) for at in range(0, len(numbers), 3))
        return cls(size, dict(zip(variables, uses, strict=True)))

    @property
    def numbers(self) -> list[int]:
        """The uses as the database stores them: three numbers for each variable, one after the other."""
        return [number for use in self.uses.values() for number in use]


class VariableValue:
    """A variable's value, and how much longer and deeper it makes a template."""

    def __init__(self, value: Json) -> None:
        self._value = value

    @cached_property
    def whole(self) -> int:
        """Its bytes as a whole value."""
        return len(jsontext.encode(self._value))

    @cached_property
    def inside(self) -> int:
        """Its bytes inside a longer string."""
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


NO_VALUE = VariableValue(None)


def measure_template(body: bytes, parts: Parts) -> Measure:
    """Measure a template; `parts` is its `body`, split."""
    size = 0
    whole: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for part in parts.parts:
        if isinstance(part, bytes):
            size += len(part)
        elif isinstance(part, MemberHole):
            size += _BYTES_BESIDE_PREFIX + len(part.prefix)
        else:
            (whole if part.whole else inside)[part.name] += 1

    depths: dict[str, int] = {}
    if whole:
        for text, name in whole_placeholders(jsontext.decode(body), _NO_DATA_PLACES):
            depths[name] = max(depths.get(name, 0), text.depth)

    names = dict.fromkeys(part.name for part in parts.parts if isinstance(part, VariableHole))
    return Measure(size, {name: VariableUse(whole[name], inside[name], depths.get(name, 0)) for name in names})


def rendered_size(measure: Measure, values: Mapping[str, VariableValue]) -> int:
    """The bytes of the rendered template: exact if the install has all ids, else a little too many."""
    return measure.size + sum(added_bytes(use, values.get(name, NO_VALUE)) for name, use in measure.uses.items())


def added_bytes(use: VariableUse, value: VariableValue) -> int:
    """The bytes that a variable adds to a rendered template."""
    # a value is encoded when it is asked for its size, so it is asked for nothing that is not used
    return (use.whole * value.whole if use.whole else 0) + (use.inside * value.inside if use.inside else 0)
