"""From a draft to the members that its version would have: pure, with every problem at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graft import jsontext
from graft.errors import Problem
from graft.ids import Id
from graft.jsontext import Json, pointer
from graft.kinds.registry import SCHEMA, Kinds
from graft.manifest import Manifest, ManifestMember
from graft.manifest import variables as variables_schema
from graft.templates import Template, abstract, reference_pointers
from graft.versions.check import definition_problems
from graft.versions.rows import ComposedMember, DraftEntity


@dataclass(frozen=True, slots=True)
class MemberProblem:
    """A problem of a member, by its slug; None where no single member is to blame."""

    slug: str | None
    problem: Problem


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a draft is judged: the variables schema, the kinds, the most bytes of a definition.

    `closure_before`: the closure slugs of the version before, by the author's entity.
    """

    variables: Json
    kinds: Kinds
    max_definition: int
    closure_before: Mapping[Id, str] = field(default_factory=dict[Id, str])


def compose(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], rules: Rules
) -> tuple[list[ComposedMember], list[MemberProblem]]:
    """Members first, in the manifest's order, then the closure by slug. `entities`: those that the publisher sees."""
    declared, broken = _declared(manifest, entities, rules.kinds)
    closure = _closure([entity for _, entity in declared.values()], entities)
    slugs = {entity.id: slug for slug, (_, entity) in declared.items()}
    closure_slugs = name_closure([entity for entity in closure if entity.id not in slugs], rules.closure_before)
    slugs |= {entity.id: slug for slug, entity in closure_slugs.items()}
    places = {member.slug: pointer("manifest", "members", at, "entityId") for at, member in enumerate(manifest.members)}

    composed: list[ComposedMember] = []
    for slug, (member, entity) in declared.items():
        if all(reference.id in slugs for reference in entity.refs):
            template = _template(entity, slugs, rules.kinds)
            flags = (member.required, member.default_enabled, member.fork_on_install, tuple(member.depends_on))
            composed.append(ComposedMember(slug, "member", entity, template, *flags))
    for slug, entity in sorted(closure_slugs.items()):
        if all(reference.id in slugs for reference in entity.refs):
            composed.append(ComposedMember(slug, "closure", entity, _template(entity, slugs, rules.kinds)))

    for slug, entity in [*((slug, entity) for slug, (_, entity) in declared.items()), *sorted(closure_slugs.items())]:
        place = places.get(slug, "/manifest/members")
        broken += _unresolved(slug, place, entity, slugs, entities, rules.kinds)
        broken += _unsound(slug, place, entity, rules)
    for member in composed:
        broken += _undeclared(member, places.get(member.slug, "/manifest/members"), rules.variables)
    return composed, broken


def _unsound(slug: str, place: str, entity: DraftEntity, rules: Rules) -> Iterator[MemberProblem]:
    """What is wrong with the definition by itself."""
    for problem in definition_problems(
        rules.kinds.by_name[entity.kind],
        entity.definition,
        rules.variables,
        literal=entity.literal,
        limit=rules.max_definition,
    ):
        yield MemberProblem(slug, Problem(place, problem.code, f"{slug}{problem.pointer}: {problem.detail}"))


def _undeclared(member: ComposedMember, place: str, variables: Json) -> Iterator[MemberProblem]:
    known = variables_schema.declared(variables)
    for name in member.template.variables:
        if name not in known:
            detail = f"{member.slug} asks for ${{variables.{name}}}, which the variables schema does not declare."
            yield MemberProblem(member.slug, Problem(place, "undeclared-variable", detail))


def _template(entity: DraftEntity, slugs: Mapping[Id, str], kinds: Kinds) -> Template:
    named = {reference.id: slugs[reference.id] for reference in entity.refs}
    places = kinds.by_name[entity.kind].places
    return abstract(entity.definition, named, kinds.prefixes, places, literal=entity.literal)


def _declared(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], kinds: Kinds
) -> tuple[dict[str, tuple[ManifestMember, DraftEntity]], list[MemberProblem]]:
    found: dict[str, tuple[ManifestMember, DraftEntity]] = {}
    broken: list[MemberProblem] = []
    for at, member in enumerate(manifest.members):
        named = kinds.parse(member.entity_id)
        entity = entities.get(named[1]) if named else None
        place = pointer("manifest", "members", at, "entityId")
        if named is None or entity is None or entity.kind != named[0].name:
            detail = "There is no such entity in the source workspace."
            broken.append(MemberProblem(member.slug, Problem(place, "unknown-entity", detail)))
        elif entity.deleted:
            broken.append(MemberProblem(member.slug, Problem(place, "deleted-entity", "The entity is deleted.")))
        elif entity.kind != member.kind:
            place = pointer("manifest", "members", at, "kind")
            broken.append(
                MemberProblem(member.slug, Problem(place, "wrong-kind", f"The entity is of kind {entity.kind}."))
            )
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


def name_closure(closure: Sequence[DraftEntity], before: Mapping[Id, str]) -> dict[str, DraftEntity]:
    """The closure by its slugs: `schema:<entity slug>`, with a number where that is another's.

    Two entities may have one slug, as a clone and one of the workspace's own. An entity keeps the slug that it had in
    the version before. A new one takes none that was used there, so a slug never comes to mean another entity from one
    version to the next.
    """
    found = {
        before[entity.id]: entity
        for entity in closure
        if re.fullmatch(rf"schema:{re.escape(entity.slug)}(?:-\d+)?", before.get(entity.id, ""))
    }
    kept = {entity.id for entity in found.values()}
    used = {*before.values(), *found}
    numbers: dict[str, int] = {}
    for entity in sorted(closure, key=lambda entity: entity.id):
        if entity.id in kept:
            continue
        slug, number = f"schema:{entity.slug}", numbers.get(entity.slug, 1)
        while slug in used:
            number += 1
            slug = f"schema:{entity.slug}-{number}"
        numbers[entity.slug] = number
        used.add(slug)
        found[slug] = entity
    return found


def _unresolved(
    slug: str,
    place: str,
    entity: DraftEntity,
    slugs: Mapping[Id, str],
    entities: Mapping[Id, DraftEntity],
    kinds: Kinds,
) -> list[MemberProblem]:
    """A problem for each reference of this entity that no member answers."""
    bad = {reference for reference in entity.refs if reference.id not in slugs}
    if not bad:
        return []
    found: list[MemberProblem] = []
    places = kinds.by_name[entity.kind].places
    for where, reference in reference_pointers(jsontext.decode(entity.definition), kinds.prefixes, places):
        if reference not in bad:
            continue
        target = entities.get(reference.id)
        what = "is not there" if target is None else "is deleted" if target.deleted else "is no member"
        detail = f"{slug} names {reference.prefix}_{reference.id} at {where}, which {what}."
        found.append(MemberProblem(slug, Problem(place, "unresolved-reference", detail)))
    return found
