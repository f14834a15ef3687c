"""Slugs made from names: readable, unique, and the same whatever order the names come in."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence

_MAX_SLUG = 128
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FOREIGN = re.compile(r"[^a-z0-9._-]+")
_SEPARATORS = re.compile(r"-*([._-])-*")


def slug_of(name: str, fallback: str) -> str:
    """A slug for `name`: `CustomerAddress` gives `customer-address`.

    A name without one ASCII letter or digit gives `fallback` and eight characters of its hash.
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = _FOREIGN.sub("-", _WORD_BOUNDARY.sub("-", letters).lower())
    slug = _SEPARATORS.sub(r"\1", words).strip("._-")[:_MAX_SLUG]
    return slug or f"{fallback}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def assign_slugs(names: Sequence[str], taken: Collection[str], fallback: str) -> list[str]:
    """A slug for each of `names`, none of them in `taken` and no two equal: what collides gets `-2`, `-3`, …

    Names that are slugs already come first, then the others in their order of code points, equal ones as given.
    """
    bases = [slug_of(name, fallback) for name in names]
    order = sorted(range(len(names)), key=lambda index: (bases[index] != names[index], names[index], index))
    used = set(taken)
    next_suffix: dict[str, int] = {}
    slugs = [""] * len(names)
    for index in order:
        base = bases[index]
        slugs[index] = numbered(base, used, next_suffix)
        used.add(slugs[index])
    return slugs


def numbered(base: str, used: Collection[str], next_suffix: dict[str, int] | None = None) -> str:
    """The slug, or the first of `-2`, `-3`, … of it that is not used; `next_suffix` remembers where to go on."""
    next_suffix = {} if next_suffix is None else next_suffix
    slug = base
    while slug in used:
        number = next_suffix.get(base, 2)
        next_suffix[base] = number + 1
        suffix = f"-{number}"
        slug = base[: _MAX_SLUG - len(suffix)] + suffix
    return slug
