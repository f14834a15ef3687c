"""Semantic versions: strict semver 2.0, the precedence of versions, and which of them is current."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Literal, NamedTuple

import semver

# In characters, of a version and of a range.
MAX_LENGTH = 256

# How much a version changes: what worked before may not, there is more, or nothing that anybody relies on.
Step = Literal["major", "minor", "patch"]
# One part of a pre-release, so that numbers sort before text: (0, number, "") or (1, 0, text).
Identifier = tuple[int, int, str]


class Precedence(NamedTuple):
    """Sorts as semver 2.0 says (item 11): a release after its pre-releases; build metadata does not count.

    `core` is major, minor, patch. `release` is false for a pre-release, which alone has `identifiers`.
    """

    core: tuple[int, int, int]
    release: bool
    identifiers: tuple[Identifier, ...]


class Version(NamedTuple):
    """A well-formed version; `identity` is its text without build metadata."""

    text: str
    precedence: Precedence
    identity: str


def parse(text: str) -> Version | None:
    """The version in `text`; None if that is not strict semver 2.0, or longer than 256 characters."""
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    try:
        found = semver.Version.parse(text)
    except ValueError:
        return None
    core = (found.major, found.minor, found.patch)
    return Version(text, precedence_of(core, found.prerelease), text.partition("+")[0])


def precedence_of(core: tuple[int, int, int], prerelease: str | None) -> Precedence:
    """The precedence of `major.minor.patch[-prerelease]`; the pre-release is well-formed."""
    identifiers = prerelease.split(".") if prerelease else []
    return Precedence(core, not identifiers, tuple(_identifier(text) for text in identifiers))


# the versions that are installed in a workspace are compared again and again
@lru_cache(maxsize=4096)
def precedence(text: str) -> Precedence:
    """The precedence of the version in `text`. Raises `ValueError` if it is none."""
    return _parsed(text).precedence


def sort_key(text: str) -> str:
    """A text that sorts, code point by code point, as the version does. Raises `ValueError` if it is none.

    A number is preceded by its length in three digits: 10 is `00210`. In a pre-release, `0` begins a number and `1` a
    text, so that numbers come first. `!` ends a text and sorts before whatever may stand in one. `~` stands for a
    release and sorts after all pre-releases. Migration 0010 computes the same in SQL.
    """
    core, release, identifiers = precedence(text)
    parts = [_with_length(number) for number in core]

    if release:
        parts.append("~")
    else:
        parts += [f"1{word}!" if is_text else "0" + _with_length(number) for is_text, number, word in identifiers]
    return "".join(parts)


def burnt_identity(version: Version) -> str:
    """The string that is used up when a version is published: two versions differ by more than build metadata."""
    return version.identity


def currency(text: str) -> tuple[bool, Precedence]:
    """The sort key whose highest version is the current one: any release comes after every pre-release."""
    key = precedence(text)
    return key.release, key


def becomes_current(candidate: str, current: str | None) -> bool:
    """Whether a version that is published now becomes the current one. A fix of an older line does not."""
    return current is None or currency(candidate) > currency(current)


def next_version(current: str, step: Step) -> str:
    """The lowest version that says of itself that it changes so much, as npm's caret reads it.

    Below 1.0.0 the second number promises what the first one does from there on, below 0.1.0 the third one. A
    pre-release promises nothing, so its release follows, whatever changes.
    """
    key = precedence(current)
    major, minor, patch = key.core
    if not key.release:
        return _text(major, minor, patch)
    if step == "major":
        return _text(major + 1) if major else _text(0, minor + 1) if minor else _text(0, 0, patch + 1)
    if step == "minor" and major:
        return _text(major, minor + 1)
    return _text(major, minor, patch + 1)


def following(text: str) -> Iterator[str]:
    """A release, and those that differ by a higher third number alone, without end."""
    major, minor, patch = precedence(text).core
    return (_text(major, minor, higher) for higher in count(patch))


def _text(major: int, minor: int = 0, patch: int = 0) -> str:
    return f"{major}.{minor}.{patch}"


def _with_length(number: int) -> str:
    digits = str(number)
    return f"{len(digits):03}{digits}"


def _identifier(text: str) -> Identifier:
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


def _parsed(text: str) -> Version:
    found = parse(text)
    if found is None:
        raise ValueError(f"{text[:MAX_LENGTH]!r} is no semantic version.")
    return found
