"""The slugs of members whose own slug another member has: they stand aside."""

from collections.abc import Collection

# cannot stand in an author's slug
_ASIDE = "~"


def free_slug(slug: str, kind: str, taken: Collection[str]) -> str:
    """`slug`, or where it is taken `slug~kind`, with as many more `~` as it needs."""
    if slug not in taken:
        return slug
    aside = f"{home_slug(slug)}{_ASIDE}{kind}"
    while aside in taken:
        aside += _ASIDE
    return aside


def home_slug(slug: str) -> str:
    """The slug that a member had before it stood aside."""
    return slug.partition(_ASIDE)[0]


def is_closure(slug: str) -> bool:
    """Whether a member is a schema of the closure: an author's own slug has no colon."""
    return ":" in slug
