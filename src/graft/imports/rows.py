"""What imports made, as its rows hold it."""

import msgspec

from graft.ids import Id


class ImportedRow(msgspec.Struct, frozen=True):
    """An entity that an import made. `import_key`: what it is in its document, and how it was written there."""

    id: Id
    slug: str
    name: str
    description: str | None
    definition: msgspec.Raw
    import_key: msgspec.Raw
    deleted: bool


class TakenSlugs(msgspec.Struct, frozen=True):
    """The slugs of a kind that a workspace has."""

    kind: str
    slugs: list[str]
