"""From a draft to the members that its version would have: pure, with every problem at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graft import jsontext
from graft.entities.kinds import SCHEMA, Kinds
from graft.errors import Problem, pointer
from graft.ids import Id
from graft.manifest.manifest import Manifest, Member
from graft.templates import Reference, Template, abstract, reference_pointers
from graft.versions.models import Role


@dataclass(frozen=True, slots=True)
class DraftEntity:
    """An entity of the source workspace as it reads now, and what it names.

    Of what has the form of an id in the definition, only `refs` are references: the rest is text. `literal`: a clone,
    whose `${` is text.
    """

    id: Id
    workspace_id: Id
    kind: str
    slug: str
    name: str
    description: str | None
    version_id: Id
    definition: bytes
    refs: Sequence[Reference]
    literal: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class ComposedMember:
    """A member of the version to be; a closure schema has the flags of nothing."""

    slug: str
    role: Role
    entity: DraftEntity
    template: Template
    required: bool = False
    default_enabled: bool = False
    fork_on_install: bool = False
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A problem of a member, by its slug; None where no single member is to blame."""

    slug: str | None
    problem: Problem


def compose(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], variables: Sequence[str], kinds: Kinds
) -> tuple[list[ComposedMember], list[Broken]]:
    """Members first, in the manifest's order, then the closure by slug. `entities`: those that the publisher sees."""
    declared, broken = _declared(manifest, entities, kinds)
    closure = _closure([entity for _, entity in declared.values()], entities)
    slugs = {entity.id: slug for slug, (_, entity) in declared.items()}
    closure_slugs = _closure_slugs([entity for entity in closure if entity.id not in slugs])
    slugs |= {entity.id: slug for slug, entity in closure_slugs.items()}
    places = {member.slug: pointer("manifest", "members", at, "entityId") for at, member in enumerate(manifest.members)}
    composed: list[ComposedMember] = []
    for slug, (member, entity) in declared.items():
        broken += _broken(slug, places[slug], entity, slugs, entities, kinds)
        if all(reference.id in slugs for reference in entity.refs):
            template = _template(entity, slugs, kinds)
            flags = (member.required, member.default_enabled, member.fork_on_install, tuple(member.depends_on))
            composed.append(ComposedMember(slug, "member", entity, template, *flags))
    for slug, entity in sorted(closure_slugs.items()):
        broken += _broken(slug, "/manifest/members", entity, slugs, entities, kinds)
        if all(reference.id in slugs for reference in entity.refs):
            template = _template(entity, slugs, kinds)
            composed.append(ComposedMember(slug, "closure", entity, template))
    for member in composed:
        broken += [
            Broken(
                member.slug,
                Problem(
                    places.get(member.slug, "/manifest/members"),
                    "undeclared-variable",
                    f"{member.slug} asks for ${{variables.{name}}}, which the variables schema does not declare.",
                ),
            )
            for name in member.template.variables
            if name not in variables
        ]
    return composed, broken


def _template(entity: DraftEntity, slugs: Mapping[Id, str], kinds: Kinds) -> Template:
    named = {reference.id: slugs[reference.id] for reference in entity.refs}
    places = kinds.by_name[entity.kind].places
    return abstract(entity.definition, named, kinds.prefixes, places, literal=entity.literal)


def _declared(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], kinds: Kinds
) -> tuple[dict[str, tuple[Member, DraftEntity]], list[Broken]]:
    found: dict[str, tuple[Member, DraftEntity]] = {}
    broken: list[Broken] = []
    for at, member in enumerate(manifest.members):
        named = kinds.parse(member.entity_id)
        entity = entities.get(named[1]) if named else None
        place = pointer("manifest", "members", at, "entityId")
        if named is None or entity is None or entity.kind != named[0].name:
            detail = "There is no such entity in the source workspace."
            broken.append(Broken(member.slug, Problem(place, "unknown-entity", detail)))
        elif entity.deleted:
            broken.append(Broken(member.slug, Problem(place, "deleted-entity", "The entity is deleted.")))
        elif entity.kind != member.kind:
            place = pointer("manifest", "members", at, "kind")
            broken.append(Broken(member.slug, Problem(place, "wrong-kind", f"The entity is of kind {entity.kind}.")))
        else:
            found.setdefault(member.slug, (member, entity))
    return found, broken


def _closure(roots: Sequence[DraftEntity], entities: Mapping[Id, DraftEntity]) -> list[DraftEntity]:
    """The living schemas that the roots reach through schemas, the roots left out."""
    seen: dict[Id, DraftEntity] = {root.id: root for root in roots}
    pending = list(roots)
    while pending:
        for reference in pending.pop().refs:
            entity = entities.get(reference.id)
            if entity and entity.id not in seen and entity.kind == SCHEMA and not entity.deleted:
                seen[entity.id] = entity
                pending.append(entity)
    return list(seen.values())[len(roots) :]


def _closure_slugs(closure: Sequence[DraftEntity]) -> dict[str, DraftEntity]:
    """`schema:<slug>`; a clone may have the slug of one of the workspace's own, then the later gets a number."""
    found: dict[str, DraftEntity] = {}
    for entity in sorted(closure, key=lambda entity: entity.id):
        slug, number = f"schema:{entity.slug}", 1
        while slug in found:
            number += 1
            slug = f"schema:{entity.slug}-{number}"
        found[slug] = entity
    return found


def _broken(
    slug: str,
    place: str,
    entity: DraftEntity,
    slugs: Mapping[Id, str],
    entities: Mapping[Id, DraftEntity],
    kinds: Kinds,
) -> list[Broken]:
    """A problem for each reference of this entity that no member answers."""
    bad = {reference for reference in entity.refs if reference.id not in slugs}
    if not bad:
        return []
    found: list[Broken] = []
    places = kinds.by_name[entity.kind].places
    for where, reference in reference_pointers(jsontext.decode(entity.definition), kinds.prefixes, places):
        if reference not in bad:
            continue
        target = entities.get(reference.id)
        what = "is not there" if target is None else "is deleted" if target.deleted else "is no member"
        detail = f"{slug} names {reference.prefix}_{reference.id} at {where}, which {what}."
        found.append(Broken(slug, Problem(place, "unresolved-reference", detail)))
    return found
