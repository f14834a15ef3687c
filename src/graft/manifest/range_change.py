"""How one range of versions differs from another: by lines of versions, which are compatible in themselves."""

from collections.abc import Iterator
from typing import Literal

from graft.manifest.ranges import Core, Range

# `line-dropped`: a whole line is admitted no more; `narrower`: of every line there is still something.
RangeChange = Literal["same", "wider", "narrower", "line-dropped"]
# Above every version that anybody publishes.
_HIGH = 999_999_999


def compare_ranges(before: Range, after: Range) -> RangeChange:
    """By releases: what a range admits changes at its bounds only, so versions beside the bounds stand for all."""
    cores = {comparator.bound.core for each in (before, after) for one in each.alternatives for comparator in one}
    probes = {probe for core in {*cores, (0, 0, 0)} for probe in _beside(core)}
    had, has = ({probe for probe in probes if found.satisfied_by(_text(probe))} for found in (before, after))
    if {_line(probe) for probe in had} - {_line(probe) for probe in has}:
        return "line-dropped"
    if had - has:
        return "narrower"
    return "wider" if has - had else "same"


def _beside(core: Core) -> Iterator[Core]:
    major, minor, patch = core
    for low in {patch, patch + 1, max(patch - 1, 0)}:
        yield major, minor, low
    # the ends of its line and of the lines beside
    for first in {major, major + 1, max(major - 1, 0), _HIGH}:
        yield first, 0, 0
        yield first, _HIGH, _HIGH
    for second in {minor, minor + 1, max(minor - 1, 0)}:
        yield major, second, 0
        yield major, second, _HIGH


def _line(core: Core) -> Core:
    """What npm's caret takes for one line: all of 1.x, of 0.1.x, and 0.0.1 alone."""
    major, minor, patch = core
    return (major, -1, -1) if major else (0, minor, -1) if minor else (0, 0, patch)


def _text(core: Core) -> str:
    return ".".join(map(str, core))
