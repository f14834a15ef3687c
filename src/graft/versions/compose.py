"""Compose the members that a version of a draft would have, with every problem at once: pure, it reads no database."""

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
    """A problem, and the slug of the member to blame; None if it is no single one."""

    slug: str | None
    problem: Problem


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a draft is judged.

    variables: the variables schema
    max_definition: bytes
    closure_before: author's entity → the closure slug that it had in the version before
    """

    variables: Json
    kinds: Kinds
    max_definition: int
    closure_before: Mapping[Id, str] = field(default_factory=dict[Id, str])


def compose(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], rules: Rules
) -> tuple[list[ComposedMember], list[MemberProblem]]:
    """The members of the version and everything that is wrong with them.

    Declared members come first, in the manifest's order, then the closure by slug. A member that names an entity which
    is no member is left out: its references have no slug. `entities` are those that the publisher sees, by id.
    """
    declared, problems = _declared(manifest, entities, rules.kinds)
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
        problems += _unresolved_references(slug, place, entity, slugs, entities, rules.kinds)
        problems += _definition_problems(slug, place, entity, rules)
    for member in composed:
        problems += _undeclared_variables(member, places.get(member.slug, "/manifest/members"), rules.variables)
    return composed, problems


def _definition_problems(slug: str, place: str, entity: DraftEntity, rules: Rules) -> Iterator[MemberProblem]:
    """What is wrong with the definition by itself, at the place of its member in the manifest."""
    for problem in definition_problems(
        rules.kinds.by_name[entity.kind],
        entity.definition,
        rules.variables,
        literal=entity.literal,
        limit=rules.max_definition,
    ):
        yield MemberProblem(slug, Problem(place, problem.code, f"{slug}{problem.pointer}: {problem.detail}"))


def _undeclared_variables(member: ComposedMember, place: str, variables: Json) -> Iterator[MemberProblem]:
    known = variables_schema.declared(variables)
    for name in member.template.variables:
        if name not in known:
            detail = f"{member.slug} asks for ${{variables.{name}}}, which the variables schema does not declare."
            yield MemberProblem(member.slug, Problem(place, "undeclared-variable", detail))


def _template(entity: DraftEntity, slugs: Mapping[Id, str], kinds: Kinds) -> Template:
    """The definition with the slugs of members in place of the ids of entities."""
    named = {reference.id: slugs[reference.id] for reference in entity.refs}
    places = kinds.by_name[entity.kind].places
    return abstract(entity.definition, named, kinds.prefixes, places, literal=entity.literal)


def _declared(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], kinds: Kinds
) -> tuple[dict[str, tuple[ManifestMember, DraftEntity]], list[MemberProblem]]:
    """The members of the manifest with their entities, by slug, and the members that have no such entity."""
    found: dict[str, tuple[ManifestMember, DraftEntity]] = {}
    problems: list[MemberProblem] = []

    for at, member in enumerate(manifest.members):
        named = kinds.parse(member.entity_id)
        entity = entities.get(named[1]) if named else None
        place = pointer("manifest", "members", at, "entityId")
        if named is None or entity is None or entity.kind != named[0].name:
            detail = "There is no such entity in the source workspace."
            problems.append(MemberProblem(member.slug, Problem(place, "unknown-entity", detail)))
        elif entity.deleted:
            problems.append(MemberProblem(member.slug, Problem(place, "deleted-entity", "The entity is deleted.")))
        elif entity.kind != member.kind:
            place = pointer("manifest", "members", at, "kind")
            detail = f"The entity is of kind {entity.kind}."
            problems.append(MemberProblem(member.slug, Problem(place, "wrong-kind", detail)))
        else:
            found.setdefault(member.slug, (member, entity))

    return found, problems


def _closure(roots: Sequence[DraftEntity], entities: Mapping[Id, DraftEntity]) -> list[DraftEntity]:
    """The schemas that the roots reach by references, through schemas, without the roots and deleted ones."""
    # in insertion order: the roots, then what was reached
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
    """Closure slug → entity. The slug is `schema:<entity slug>`, with a number behind it if that one is taken.

    `before` is entity → its closure slug in the version before. Two entities can have one slug: a clone, and an entity
    of the workspace's own. An entity keeps the closure slug that it had. A new one takes none that was used before, so
    from one version to the next no slug comes to mean another entity.
    """
    found = {
        before[entity.id]: entity
        for entity in closure
        if re.fullmatch(rf"schema:{re.escape(entity.slug)}(?:-\d+)?", before.get(entity.id, ""))
    }
    kept = {entity.id for entity in found.values()}
    used = {*before.values(), *found}

    # entity slug → the number tried last, so that thousands of one slug do not each count from 1
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


def _unresolved_references(
    slug: str,
    place: str,
    entity: DraftEntity,
    slugs: Mapping[Id, str],
    entities: Mapping[Id, DraftEntity],
    kinds: Kinds,
) -> list[MemberProblem]:
    """A problem for each reference of this entity to one that is no member."""
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
