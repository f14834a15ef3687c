"""Plan what an import writes, from the entities of the document and those that earlier imports of it made."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from graft import ids, jsontext
from graft.ids import Id
from graft.names import printable
from graft.openapi_import.drafts import FUNCTION, SCHEMA, Draft
from graft.openapi_import.match import Existing, ImportKey, Matches, SchemaKey, match
from graft.openapi_import.slugs import assign_slugs
from graft.openapi_import.text import MAX_DESCRIPTION, MAX_NAME, shortened

PREFIXES = {FUNCTION: "fun", SCHEMA: "sch"}


class Write(NamedTuple):
    """One entity as the document has it; `definition` is compact JSON, `references` are the ids in it (`sch_…`)."""

    id: Id
    kind: str
    slug: str
    name: str
    description: str | None
    definition: bytes
    references: tuple[str, ...]
    key: ImportKey
    definition_changed: bool
    """Whether the entity needs a new version, as it is new or its definition differs from the stored one."""


class ImportPlan(NamedTuple):
    """Writes are sorted: schemas by component, then operations by path and method. `gone` has the order given."""

    added: tuple[Write, ...]
    changed: tuple[Write, ...]
    """Definition, name or description differ."""
    revived: tuple[Write, ...]
    """Deleted entities that are in the document again, changed or not."""
    unchanged: tuple[Write, ...]
    gone: tuple[Existing, ...]
    """Entities that are no longer in the document. They stay as they are."""
    overwritten: tuple[Existing, ...] = ()
    """Entities that were changed by hand since the last import, and that this one changes back."""

    @property
    def present(self) -> tuple[Write, ...]:
        """Every entity of the document."""
        return self.added + self.changed + self.revived + self.unchanged


def plan(
    drafts: Sequence[Draft],
    existing: Sequence[Existing] = (),
    taken_slugs: Mapping[str, Collection[str]] | None = None,
    new_id: Callable[[], Id] = ids.new_id,
) -> ImportPlan:
    """Plan how `existing`, the entities of earlier imports, become what `drafts` say.

    `taken_slugs` are the slugs of the workspace by kind; those of `existing` may be among them. New entities get
    others, existing ones keep theirs. `new_id` is called once for each added entity, in the order of `added`.
    """
    matches = match([draft.key for draft in drafts], existing)
    slugs = _slugs(drafts, matches, existing, taken_slugs or {})
    entity_ids = {draft.key: matches[draft.key].id if draft.key in matches else new_id() for draft in drafts}
    wire_ids = {
        draft.key.component: f"{PREFIXES[SCHEMA]}_{entity_ids[draft.key]}"
        for draft in drafts
        if isinstance(draft.key, SchemaKey)
    }

    writes = [
        Write(
            entity_ids[draft.key],
            draft.kind,
            slugs[draft.key],
            shortened(printable(draft.name), MAX_NAME) or slugs[draft.key],
            draft.description and shortened(draft.description, MAX_DESCRIPTION),
            draft.with_ids(wire_ids),
            tuple(sorted(wire_ids[component] for component in draft.references)),
            draft.key,
            definition_changed=True,
        )
        for draft in drafts
    ]
    return _classify(writes, matches, existing)


def manifest_members(import_plan: ImportPlan) -> list[dict[str, Any]]:
    """The members of a manifest: every operation of the document, by slug.

    Schemas are not listed: those that operations reach become the closure of each version.
    """
    functions = [write for write in import_plan.present if write.kind == FUNCTION]
    return [
        {
            "slug": write.slug,
            "entityId": f"{PREFIXES[FUNCTION]}_{write.id}",
            "kind": FUNCTION,
            "forkOnInstall": True,
            "defaultEnabled": True,
        }
        for write in sorted(functions, key=lambda write: write.slug)
    ]


def _slugs(
    items: Sequence[Draft], matches: Matches, existing: Iterable[Existing], taken_slugs: Mapping[str, Collection[str]]
) -> dict[ImportKey, str]:
    slugs = {key: entity.slug for key, entity in matches.items()}
    for kind, fallback in ((SCHEMA, "schema"), (FUNCTION, "operation")):
        new = [item for item in items if item.kind == kind and item.key not in matches]
        taken = {entity.slug for entity in existing if _kind(entity.key) == kind}.union(taken_slugs.get(kind, ()))
        assigned = assign_slugs([item.name for item in new], taken, fallback)
        slugs.update(zip((item.key for item in new), assigned, strict=True))
    return slugs


def _kind(key: ImportKey) -> str:
    return SCHEMA if isinstance(key, SchemaKey) else FUNCTION


def _equal_json(stored: bytes, new: bytes) -> bool:
    """Whether two JSON texts are the same value. Nearly always the texts are equal, and nothing is decoded."""
    return stored == new or jsontext.canonical(jsontext.decode(stored)) == jsontext.canonical(jsontext.decode(new))


def written_mark(name: str, description: str | None, definition: bytes) -> str:
    """A digest of an entity as an import writes it: a later import compares it to see whether somebody edited it."""
    return hashlib.sha256(jsontext.encode([name, description]) + definition).hexdigest()[:32]


def _edited(entity: Existing) -> bool:
    written = entity.written
    return written is not None and written != written_mark(entity.name, entity.description, entity.definition)


def _classify(writes: Iterable[Write], matches: Matches, existing: Iterable[Existing]) -> ImportPlan:
    added: list[Write] = []
    changed: list[Write] = []
    revived: list[Write] = []
    unchanged: list[Write] = []
    overwritten: list[Existing] = []

    for new in writes:
        entity = matches.get(new.key)
        if entity is None:
            added.append(new)
            continue

        write = new._replace(definition_changed=not _equal_json(entity.definition, new.definition))
        changes = write.definition_changed or (write.name, write.description) != (entity.name, entity.description)
        (revived if entity.deleted else changed if changes else unchanged).append(write)
        if changes and _edited(entity):
            overwritten.append(entity)

    matched = {entity.id for entity in matches.values()}
    gone = tuple(entity for entity in existing if entity.id not in matched and not entity.deleted)
    return ImportPlan(tuple(added), tuple(changed), tuple(revived), tuple(unchanged), gone, tuple(overwritten))
