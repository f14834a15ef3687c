"""Compose the members that a version of a draft would have, with every problem at once: pure, it reads no database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graft import jsontext
from graft.errors import Problem, Problems
from graft.ids import Id
from graft.jsontext import Json, pointer
from graft.kinds.registry import SCHEMA, Kinds
from graft.manifest import Manifest, ManifestMember
from graft.manifest import variables as variables_schema
from graft.templates import Template, abstract, placeholders, reference_places
from graft.versions.check import definition_problems
from graft.versions.rows import ComposedMember, DraftEntity


class MemberProblems(NamedTuple):
    """The slug of a member, and what is wrong with it, which is looked for as it is asked for."""

    slug: str
    problems: Iterator[Problem]


class MemberVerdict(NamedTuple):
    """What is wrong with a member: in a sentence, and all of it."""

    reason: str
    problems: list[Problem]


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
) -> tuple[list[ComposedMember], Iterator[MemberProblems]]:
    """The members of the version, and all that is wrong with them; a member may come more than once among the latter.

    Declared members come first, in the manifest's order, then the closure by slug. A member that names an entity which
    is no member is left out: its references have no slug. `entities` are those that the publisher sees, by id.
    """
    declared = _declared(manifest, entities, rules.kinds)
    closure = _closure([entity for _, entity in declared.values()], entities)
    slugs = {entity.id: slug for slug, (_, entity) in declared.items()}
    closure_slugs = name_closure([entity for entity in closure if entity.id not in slugs], rules.closure_before)
    slugs |= {entity.id: slug for slug, entity in closure_slugs.items()}

    composed: list[ComposedMember] = []
    for slug, (member, entity) in declared.items():
        if all(reference.id in slugs for reference in entity.refs):
            template = _template(entity, slugs, rules.kinds)
            flags = (member.required, member.default_enabled, member.fork_on_install, tuple(member.depends_on))
            composed.append(ComposedMember(slug, "member", entity, template, *flags))
    for slug, entity in sorted(closure_slugs.items()):
        if all(reference.id in slugs for reference in entity.refs):
            composed.append(ComposedMember(slug, "closure", entity, _template(entity, slugs, rules.kinds)))

    found = [*((slug, entity) for slug, (_, entity) in declared.items()), *sorted(closure_slugs.items())]
    return composed, _each_problem(manifest, entities, rules, found, slugs, composed)


def all_problems(broken: Iterable[MemberProblems]) -> Problems:
    """What is wrong with all members, under one budget."""
    return Problems(problem for member in broken for problem in member.problems)


def by_member(broken: Iterable[MemberProblems]) -> dict[str, MemberVerdict]:
    """Slug → what is wrong with it. Of each broken member the first problem that is found is told in any case, as the
    reason; the problems of all together have one budget, and beyond it nobody looks for more.
    """
    found: dict[str, MemberVerdict] = {}
    budget = Problems()
    for slug, problems in broken:
        if slug in found and budget.full:
            continue
        for problem in problems:
            verdict = found.setdefault(slug, MemberVerdict(problem.detail, []))
            before = len(budget)
            budget.add(problem)
            if len(budget) == before:
                break
            verdict.problems.append(problem)
    return found


def _each_problem(
    manifest: Manifest,
    entities: Mapping[Id, DraftEntity],
    rules: Rules,
    found: Sequence[tuple[str, DraftEntity]],
    slugs: Mapping[Id, str],
    composed: Sequence[ComposedMember],
) -> Iterator[MemberProblems]:
    """First those of the manifest's members, then those of the entities that were `found`, then those of variables."""
    for at, member in enumerate(manifest.members):
        yield MemberProblems(member.slug, _entity_problems(at, member, entities, rules.kinds))

    places = {member.slug: pointer("manifest", "members", at, "entityId") for at, member in enumerate(manifest.members)}
    for slug, entity in found:
        place = places.get(slug, "/manifest/members")
        yield MemberProblems(slug, _unresolved_references(slug, place, entity, slugs, entities, rules.kinds))
        yield MemberProblems(slug, _definition_problems(slug, place, entity, rules))
    templates = {member.slug: member.template for member in composed}
    for slug, entity in found:
        place = places.get(slug, "/manifest/members")
        yield MemberProblems(slug, _undeclared_variables(slug, place, entity, templates.get(slug), rules))


def _definition_problems(slug: str, place: str, entity: DraftEntity, rules: Rules) -> Iterator[Problem]:
    """What is wrong with the definition by itself, at the place of its member in the manifest."""
    for problem in definition_problems(
        rules.kinds.by_name[entity.kind],
        entity.definition,
        rules.variables,
        literal=entity.literal,
        limit=rules.max_definition,
    ):
        detail = f"{slug}{problem.pointer}: {problem.detail}"
        yield Problem(place, problem.code, detail, slug, problem.pointer)


def _undeclared_variables(
    slug: str, place: str, entity: DraftEntity, template: Template | None, rules: Rules
) -> Iterator[Problem]:
    """A problem for each variable that is asked for and not declared, at the first place that asks.

    `template`: what the definition became, None where it could become none; it knows what it asks for.
    """
    known = set(variables_schema.declared(rules.variables))
    if entity.literal or (template is not None and known.issuperset(template.variables)):
        return

    tree = jsontext.decode(entity.definition)
    for text, name in placeholders(tree, rules.kinds.by_name[entity.kind].places):
        if name not in known:
            known.add(name)
            detail = f"{slug} asks for ${{variables.{name[:100]}}}, which the variables schema does not declare."
            yield Problem(place, "undeclared-variable", detail, slug, text.shown, name)


def _template(entity: DraftEntity, slugs: Mapping[Id, str], kinds: Kinds) -> Template:
    """The definition with the slugs of members in place of the ids of entities."""
    named = {reference.id: slugs[reference.id] for reference in entity.refs}
    places = kinds.by_name[entity.kind].places
    return abstract(entity.definition, named, kinds.prefixes, places, literal=entity.literal)


def _declared(
    manifest: Manifest, entities: Mapping[Id, DraftEntity], kinds: Kinds
) -> dict[str, tuple[ManifestMember, DraftEntity]]:
    """The members of the manifest with their entities, by slug, without those that have no such entity."""
    found: dict[str, tuple[ManifestMember, DraftEntity]] = {}
    for member in manifest.members:
        named = kinds.parse(member.entity_id)
        entity = entities.get(named[1]) if named else None
        if named and entity and entity.kind == named[0].name == member.kind and not entity.deleted:
            found.setdefault(member.slug, (member, entity))
    return found


def _entity_problems(
    at: int, member: ManifestMember, entities: Mapping[Id, DraftEntity], kinds: Kinds
) -> Iterator[Problem]:
    """Why a member of the manifest, the one at the index `at`, has no entity; at most one problem."""
    named = kinds.parse(member.entity_id)
    entity = entities.get(named[1]) if named else None
    place = pointer("manifest", "members", at, "entityId")
    if named is None or entity is None or entity.kind != named[0].name:
        yield Problem(place, "unknown-entity", "There is no such entity in the source workspace.")
    elif entity.deleted:
        yield Problem(place, "deleted-entity", "The entity is deleted.")
    elif entity.kind != member.kind:
        place = pointer("manifest", "members", at, "kind")
        yield Problem(place, "wrong-kind", f"The entity is of kind {entity.kind}.")


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
    found = {before[entity.id]: entity for entity in closure if _is_of(before.get(entity.id, ""), entity.slug)}
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


def _is_of(closure_slug: str, slug: str) -> bool:
    """Whether this is a closure slug of an entity with this slug: as it is, or with a number behind it."""
    base = f"schema:{slug}"
    if not closure_slug.startswith(base):
        return False
    end = closure_slug[len(base) :]
    return not end or (end[0] == "-" and end[1:].isdecimal())


def _unresolved_references(
    slug: str,
    place: str,
    entity: DraftEntity,
    slugs: Mapping[Id, str],
    entities: Mapping[Id, DraftEntity],
    kinds: Kinds,
) -> Iterator[Problem]:
    """A problem for each reference of this entity to one that is no member."""
    bad = {reference for reference in entity.refs if reference.id not in slugs}
    if not bad:
        return

    places = kinds.by_name[entity.kind].places
    for text, reference in reference_places(jsontext.decode(entity.definition), kinds.prefixes, places):
        if reference in bad:
            target = entities.get(reference.id)
            what = "is not there" if target is None else "is deleted" if target.deleted else "is no member"
            detail = f"{slug} names {reference.prefix}_{reference.id} at {text.shown}, which {what}."
            yield Problem(place, "unresolved-reference", detail, slug, text.shown)
