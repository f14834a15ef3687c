"""What changes from one version to the next, and how much that asks of those who have it installed: pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graft import jsontext
from graft.jsontext import Json, pointer
from graft.manifest import Manifest, Widening, auth_config, compare_ranges, parse_range, semver
from graft.manifest import variables as variables_schema
from graft.version_members import VersionMember
from graft.versions.match import match_members
from graft.versions.rows import Content

STEPS: Sequence[semver.Step] = ("patch", "minor", "major")
# Keywords of a variables schema that each variable is asked about by itself, or that refuse nothing: the values are
# an object in any case, and none has a name that is not declared.
_BY_NAME = frozenset({"properties", "required", "additionalProperties", "type"})


class Change(NamedTuple):
    """One difference; `pointer` leads into the draft, `about` is the slug or the name that it is about."""

    step: semver.Step
    change: str
    pointer: str
    about: str | None
    detail: str


def changes(before: Content, after: Content) -> Iterator[Change]:
    """Everything that differs, in the order of the documents.

    major: somebody has to do something, or what worked may work no more. minor: there is more than before. patch: it
    reads otherwise.
    """
    yield from _members(before, after)
    yield from _manifest(before.manifest, after.manifest)
    yield from _variables(before, after)
    yield from _auth(before.auth, after.auth)


def largest(found: Sequence[Change]) -> semver.Step | None:
    """How much all of them change together; None where there are none."""
    steps = {one.step for one in found}
    return next((step for step in reversed(STEPS) if step in steps), None)


def _members(before: Content, after: Content) -> Iterator[Change]:
    was = match_members(before.members, after.members)
    gone = {member.slug: member for member in before.members}
    for member in was.values():
        del gone[member.slug]
    places = {member.slug: at for at, member in enumerate(after.manifest.members)}
    for member in after.members:
        place = pointer("manifest", "members", *([places[member.slug]] if member.slug in places else []))
        old = was.get(member.slug)
        if old is not None:
            yield from _changed(old, member, place)
        elif member.slug in gone and member.role == gone[member.slug].role == "member":
            detail = f"{member.slug} is of kind {member.kind} now, so installs get another member in its place."
            del gone[member.slug]
            yield Change("major", "kind-changed", place, member.slug, detail)
        elif member.role == "member":
            taken = "every install takes it" if member.required else "installs may take it"
            yield Change("minor", "member-added", place, member.slug, f"{member.slug} is new; {taken}.")
        else:
            yield Change("patch", "schema-added", place, member.slug, f"{member.slug} is reached by a reference.")
    for slug, member in gone.items():
        if member.role == "member":
            yield Change("major", "member-removed", "/manifest/members", slug, f"{slug} is no member any more.")
        else:
            yield Change("patch", "schema-removed", "/manifest/members", slug, f"Nothing refers to {slug} any more.")


def _changed(old: VersionMember, new: VersionMember, place: str) -> Iterator[Change]:
    slug = new.slug
    if new.role == old.role == "member" and old.slug != slug:
        detail = f"{old.slug} is called {slug} now; who selects it by its slug does not find it."
        yield Change("major", "slug-changed", place, slug, detail)
    if old.fork_on_install != new.fork_on_install:
        detail = f"{slug} comes as {'a copy' if new.fork_on_install else 'a reference'} now, so as another member."
        yield Change("major", "fork-changed", place, slug, detail)
    elif old.source_entity_id != new.source_entity_id and not new.fork_on_install and new.role == "member":
        yield Change("major", "entity-changed", place, slug, f"{slug} refers to another entity.")
    if new.required and not old.required:
        yield Change("minor", "member-required", place, slug, f"Every install takes {slug} from now on.")
    if new.default_enabled and not old.default_enabled:
        yield Change("minor", "member-enabled", place, slug, f"Installs by default take {slug} from now on.")
    more = sorted({*new.depends_on} - {*old.depends_on})
    if more:
        yield Change("minor", "depends-on-more", place, slug, f"{slug} brings {', '.join(more)}.")
    if (old.template_id, old.name, old.description) != (new.template_id, new.name, new.description):
        yield Change("patch", "text-changed", place, slug, f"{slug} reads otherwise.")
    loosened = (old.required and not new.required) or (old.default_enabled and not new.default_enabled)
    if loosened or {*old.depends_on} - {*new.depends_on}:
        yield Change("patch", "member-loosened", place, slug, f"{slug} is taken less often, or brings less.")


def _manifest(before: Manifest, after: Manifest) -> Iterator[Change]:
    for permission in sorted({*after.permissions} - {*before.permissions}):
        detail = f"An admin has to accept {permission}."
        yield Change("major", "permission-added", "/manifest/permissions", permission, detail)
    for permission in sorted({*before.permissions} - {*after.permissions}):
        detail = f"It asks for {permission} no more."
        yield Change("patch", "permission-removed", "/manifest/permissions", permission, detail)
    yield from _dependencies(before, after)

    place = "/manifest/allowMultipleInstalls"
    if before.allow_multiple_installs and not after.allow_multiple_installs:
        yield Change("major", "single-install", place, None, "A workspace may not install it twice any more.")
    elif after.allow_multiple_installs and not before.allow_multiple_installs:
        yield Change("minor", "multiple-installs", place, None, "A workspace may install it more than once.")
    if before.defaults.member_policy != after.defaults.member_policy:
        detail = f"Installs take their members by {after.defaults.member_policy} where they do not say otherwise."
        yield Change("minor", "policy-changed", "/manifest/defaults/memberPolicy", None, detail)


def _dependencies(before: Manifest, after: Manifest) -> Iterator[Change]:
    had = {one.integration: one for one in before.dependencies}
    has = {one.integration: one for one in after.dependencies}
    for at, (name, new) in enumerate(has.items()):
        place, old = pointer("manifest", "dependencies", at), had.get(name)
        if old is None or (old.optional and not new.optional):
            step, change = ("minor", "dependency-offered") if new.optional else ("major", "dependency-added")
            yield Change(step, change, place, name, f"It {'may use' if new.optional else 'needs'} {name} {new.range}.")
            continue
        found = compare_ranges(parse_range(old.range), parse_range(new.range))
        if new.optional:
            if found != "same" or not old.optional:
                yield Change("patch", "dependency-loosened", place, name, f"{name} is optional: {new.range}.")
        elif found == "line-dropped":
            detail = f"It works no more with a line of {name} that {old.range} had: {new.range}."
            yield Change("major", "dependency-raised", place, name, detail)
        elif found == "narrower":
            detail = f"It needs a newer version of a line of {name} that it worked with: {new.range}."
            yield Change("minor", "dependency-narrowed", place, name, detail)
        elif found == "wider":
            yield Change("patch", "dependency-loosened", place, name, f"It works with more of {name}: {new.range}.")
    for name in sorted(had.keys() - has.keys()):
        yield Change("patch", "dependency-removed", "/manifest/dependencies", name, f"It uses {name} no more.")


class _Schema:
    """The variables schema of one side, with the values that are there where nobody gives one."""

    def __init__(self, content: Content) -> None:
        self.root = content.variables
        self.declared = variables_schema.declared(self.root)
        filled = variables_schema.fill_defaults(self.root, content.manifest.defaults.variables, {})
        self.defaults = {name: jsontext.canonical(value) for name, value in filled.items()}
        self.needed = {name for name in _object(self.root).get("required", ()) if name not in self.defaults}

    @property
    def rest(self) -> Json:
        """What it says of all variables together."""
        return {key: value for key, value in _object(self.root).items() if key not in _BY_NAME}


def _variables(before: Content, after: Content) -> Iterator[Change]:
    old, new = _Schema(before), _Schema(after)
    forth, back = Widening(old.root, new.root), Widening(new.root, old.root)
    for name, schema in new.declared.items():
        place = pointer("variablesSchema", "properties", name)
        if name in new.needed and name not in old.needed:
            detail = f"Whoever upgrades has to give {name}, which has no default."
            yield Change("major", "variable-needed", place, name, detail)
        elif name not in old.declared:
            yield Change("minor", "variable-added", place, name, f"{name} may be given.")
        if name in old.declared:
            yield from _variable(name, old.declared[name], schema, forth, back)
            if name not in new.needed and old.defaults.get(name) != new.defaults.get(name):
                detail = f"Where nobody gave {name}, it is another value from now on."
                yield Change("minor", "default-changed", place, name, detail)
    for name in sorted(old.declared.keys() - new.declared.keys()):
        detail = f"Calls that give {name} are refused: there is no such variable any more."
        yield Change("major", "variable-removed", "/variablesSchema/properties", name, detail)
    if not forth.takes_all(old.rest, new.rest):
        detail = "Variables that fit together before may not any more, by what the schema says of all of them."
        yield Change("major", "variables-narrowed", "/variablesSchema", None, detail)


def _variable(name: str, old: Json, new: Json, forth: Widening, back: Widening) -> Iterator[Change]:
    place = pointer("variablesSchema", "properties", name)
    if not forth.takes_all(old, new):
        detail = f"{name} may refuse values that it took."
        yield Change("major", "variable-narrowed", place, name, detail)
    elif not back.takes_all(new, old):
        yield Change("minor", "variable-widened", place, name, f"{name} takes more values than before.")
    elif jsontext.canonical(_described(old)) != jsontext.canonical(_described(new)):
        yield Change("patch", "variable-described", place, name, f"{name} is described otherwise, and takes the same.")


def _described(schema: Json) -> Json:
    """Without its default, of which there is more to say."""
    return {key: value for key, value in schema.items() if key != "default"} if isinstance(schema, dict) else schema


def _object(schema: Json) -> Mapping[str, Json]:
    return schema if isinstance(schema, dict) else {}


def _auth(before: Json, after: Json) -> Iterator[Change]:
    kinds = auth_config.auth_type(before), auth_config.auth_type(after)
    if kinds[0] != kinds[1]:
        detail = f"It takes credentials of type {kinds[1]} in place of {kinds[0]}."
        yield Change("major", "auth-type-changed", "/authConfig/type", None, detail)
        return
    more = sorted({*after.get("scopes", ())} - {*before.get("scopes", ())})
    if more:
        detail = f"Credentials need more than before: {', '.join(more)}."
        yield Change("major", "scope-added", "/authConfig/scopes", None, detail)
    elif jsontext.canonical(before) != jsontext.canonical(after):
        yield Change("minor", "auth-changed", "/authConfig", None, "Credentials are obtained or sent otherwise.")
