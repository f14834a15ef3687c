"""Version ranges as npm reads them: caret, tilde, comparators, hyphens, x-ranges and `||`.

The grammar and the meaning are those of node-semver 7 without its `loose` and `includePrerelease` options.
"""

import re

import msgspec

from graft.manifest.semver import MAX_LENGTH, Precedence, precedence, precedence_of

# Major, minor, patch.
Core = tuple[int, int, int]

_NUMBER = r"(?:[xX*]|0|[1-9][0-9]*)"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PRERELEASE = rf"-({_IDENTIFIER}(?:\.{_IDENTIFIER})*)"
_BUILD = r"\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_PARTIAL = rf"v?({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER})(?:{_PRERELEASE})?(?:{_BUILD})?)?)?"
_HYPHEN = re.compile(rf"{_PARTIAL}\s+-\s+{_PARTIAL}")
_TERM = re.compile(rf"(\^|~>?|[<>]=?|=)?\s*{_PARTIAL}(?:\s+|$)")

_MALFORMED = "A range is npm's: ^1.2.0, ~1.2, >=1.2.0 <2.0.0, 1.2.x, 1.2.0 - 1.4.0, joined by ||."


class Comparator(msgspec.Struct, frozen=True):
    """One bound of a range; `operator` is `<`, `<=`, `>`, `>=` or `=`."""

    operator: str
    bound: Precedence

    def admits(self, version: Precedence) -> bool:
        match self.operator:
            case "<":
                return version < self.bound
            case "<=":
                return version <= self.bound
            case ">":
                return version > self.bound
            case ">=":
                return version >= self.bound
            case _:
                return version == self.bound


Comparators = tuple[Comparator, ...]


class Range(msgspec.Struct, frozen=True):
    """A version must meet all comparators of one alternative; an alternative without any admits every release."""

    text: str
    alternatives: tuple[Comparators, ...]

    def satisfied_by(self, version: str) -> bool:
        """Whether a version lies in the range. Raises `ValueError` if the text is no version."""
        key = precedence(version)
        return any(_meets(comparators, key) for comparators in self.alternatives)


class Partial(msgspec.Struct, frozen=True):
    """A version whose tail may be open, such as `1.2` or `1.x`: `numbers` has those that are given, 0 to 3 of them."""

    numbers: tuple[int, ...]
    prerelease: str | None

    @property
    def floor(self) -> Precedence:
        """The lowest version that it can stand for: 1.2.0 for `1.2`."""
        return precedence_of(_padded(self.numbers), self.prerelease)

    @property
    def full(self) -> bool:
        return len(self.numbers) == 3

    def ceiling(self, kept: int) -> Precedence:
        """The lowest precedence above all versions with the same first `kept` numbers: 1.3.0-0 for `1.2` and 2.

        `-0` is the lowest pre-release, so the pre-releases of 1.3.0 are not below it.
        """
        return precedence_of(_padded((*self.numbers[: kept - 1], self.numbers[kept - 1] + 1)), "0")


# No version is below the lowest one.
_NO_VERSION: Comparators = (Comparator("<", precedence_of((0, 0, 0), "0")),)


def parse_range(text: str) -> Range:
    """Parse a range as npm does. Raises `ValueError`, with a sentence for people, if it is malformed or too long."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"A range has at most {MAX_LENGTH} characters.")
    return Range(text, tuple(_alternative(part.strip()) for part in text.split("||")))


def _alternative(text: str) -> Comparators:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _partial(hyphen.groups()[:4]), _partial(hyphen.groups()[4:])
        return (*_comparators(">=", low), *_comparators("<=", high))

    found: list[Comparator] = []
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        if not term:
            raise ValueError(_MALFORMED)
        found += _comparators(term[1] or "", _partial(term.groups()[1:]))
        position = term.end()
    return tuple(found)


def _partial(groups: tuple[str | None, ...]) -> Partial:
    """From major, minor, patch and pre-release, as matched. `1.x`, `1.*.x` and `1` are the same; `1.x.3` is refused."""
    given = [number for number in groups[:3] if number is not None]
    numbers = tuple(int(number) for number in given if number.isdigit())
    if any(not number.isdigit() for number in given[: len(numbers)]):
        raise ValueError(_MALFORMED)
    return Partial(numbers, groups[3] if len(numbers) == 3 else None)


def _comparators(operator: str, partial: Partial) -> Comparators:
    if not partial.numbers:
        # `*` stands for every version: none lies above or below all of them, and any other operator admits all
        return _NO_VERSION if operator in {"<", ">"} else ()
    match operator:
        case "^":
            return _between(partial, _first_significant(partial.numbers))
        case "~" | "~>":
            return _between(partial, min(len(partial.numbers), 2))
        case "" | "=":
            return (Comparator("=", partial.floor),) if partial.full else _between(partial, len(partial.numbers))
        case _:
            return (_bound(operator, partial),)


def _between(partial: Partial, kept: int) -> Comparators:
    return Comparator(">=", partial.floor), Comparator("<", partial.ceiling(kept))


def _first_significant(numbers: tuple[int, ...]) -> int:
    """How many numbers a caret keeps: up to the first that is not zero; all that are given, if all are zero."""
    return next((place for place, number in enumerate(numbers, 1) if number), len(numbers))


def _bound(operator: str, partial: Partial) -> Comparator:
    """An open tail stands for every version that it could be: `>1.2` is `>=1.3.0`, and `<=1.2` is `<1.3.0-0`."""
    if partial.full:
        return Comparator(operator, partial.floor)
    kept = len(partial.numbers)
    match operator:
        case ">":
            return Comparator(">=", Partial(partial.ceiling(kept).core, None).floor)
        case "<=":
            return Comparator("<", partial.ceiling(kept))
        case "<":
            return Comparator("<", precedence_of(_padded(partial.numbers), "0"))
        case _:
            return Comparator(">=", partial.floor)


def _meets(comparators: Comparators, version: Precedence) -> bool:
    """Whether a version meets all comparators.

    npm's rule for a pre-release: one of the comparators must besides name a pre-release of the same major.minor.patch.
    """
    if not all(comparator.admits(version) for comparator in comparators):
        return False
    return version.release or any(
        not comparator.bound.release and comparator.bound.core == version.core for comparator in comparators
    )


def _padded(numbers: tuple[int, ...]) -> Core:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch
