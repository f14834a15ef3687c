"""Versions: strict semver 2.0, their precedence, and which one is current."""

from typing import NamedTuple

import semver

MAX_LENGTH = 256

Identifier = tuple[int, int, str]  # (0, number, "") or (1, 0, text): numbers come before text


class Precedence(NamedTuple):
    """Sorts as semver 2.0 wants it (item 11): a release after its pre-releases, build metadata left out."""

    core: tuple[int, int, int]
    release: bool
    identifiers: tuple[Identifier, ...]


class Version(NamedTuple):
    """A well-formed version: its text, its precedence, and its text without build metadata."""

    text: str
    precedence: Precedence
    identity: str


def parse(text: str) -> Version | None:
    """The version in `text`; None where it is not strict semver 2.0 or longer than 256 characters."""
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    try:
        found = semver.Version.parse(text)
    except ValueError:
        return None
    core = (found.major, found.minor, found.patch)
    return Version(text, precedence_of(core, found.prerelease), text.partition("+")[0])


def precedence_of(core: tuple[int, int, int], prerelease: str | None) -> Precedence:
    """The precedence of `major.minor.patch[-prerelease]`."""
    identifiers = prerelease.split(".") if prerelease else []
    return Precedence(core, not identifiers, tuple(_identifier(text) for text in identifiers))


def precedence(text: str) -> Precedence:
    """The sort key of a version; ValueError where it is none."""
    return _parsed(text).precedence


def sort_key(text: str) -> str:
    """Text that sorts, code point by code point, as the version in `text` does; ValueError where it is none.

    A number is preceded by its length. `0` and `1` put numbers before text, `!` ends a text and sorts before all that
    may stand in one, `~` marks a release and sorts after all pre-releases. Migration 0010 writes the same in SQL.
    """
    core, release, identifiers = precedence(text)
    parts = [_with_length(number) for number in core]
    parts += (
        ["~"]
        if release
        else [f"1{word}!" if is_text else "0" + _with_length(number) for is_text, number, word in identifiers]
    )
    return "".join(parts)


def burnt_identity(version: Version) -> str:
    """The string that a published version burns: build metadata does not distinguish versions."""
    return version.identity


def currency(text: str) -> tuple[bool, Precedence]:
    """The sort key by which the highest version is current: any release comes after every pre-release."""
    key = precedence(text)
    return key.release, key


def becomes_current(candidate: str, current: str | None) -> bool:
    """Whether a version just published becomes the current one; a back-port of an old line does not."""
    return current is None or currency(candidate) > currency(current)


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
