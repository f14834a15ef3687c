"""Make slugs from names: readable, unique, and the same in whatever order the names come."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence

_MAX_SLUG = 128
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FOREIGN = re.compile(r"[^a-z0-9._-]+")
_SEPARATORS = re.compile(r"-*([._-])-*")


def slug_of(name: str, fallback: str) -> str:
    """A slug for `name`: `customer-address` for `CustomerAddress`.

    For a name without an ASCII letter or digit it is `fallback` and eight characters of the name's hash.
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = _FOREIGN.sub("-", _WORD_BOUNDARY.sub("-", letters).lower())
    slug = _SEPARATORS.sub(r"\1", words).strip("._-")[:_MAX_SLUG]
    return slug or f"{fallback}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def assign_slugs(names: Sequence[str], taken: Collection[str], fallback: str) -> list[str]:
    """A slug for each of `names`: no two are equal, and none is in `taken`. Where two collide, one gets `-2`, `-3`, …

    Names that are slugs already come first, so that they keep theirs. The others follow in the order of their code
    points, and equal names as they are given.
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
    """`base`, or the first of `base-2`, `base-3`, … that is not used.

    `next_suffix` remembers where to go on with a base, so that many equal names do not take quadratic time.
    """
    next_suffix = {} if next_suffix is None else next_suffix
    slug = base
    while slug in used:
        number = next_suffix.get(base, 2)
        next_suffix[base] = number + 1
        suffix = f"-{number}"
        slug = base[: _MAX_SLUG - len(suffix)] + suffix
    return slug
