"""The manifest: which entities an integration consists of, what it needs and what it presets."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, get_args

import msgspec

from graft import jsontext
from graft.errors import Problem
from graft.jsontext import Json
from graft.manifest.cycles import find_cycles
from graft.manifest.policy import DEFAULT_POLICY, MemberPolicy
from graft.manifest.ranges import parse_range
from graft.manifest.shapes import Path, array, at, boolean, open_object, problems_of, record, text

# The most members, unless the server is configured otherwise; the most dependencies, and the most permissions.
MAX_MEMBERS = 10_000
MAX_LISTED = 1_000
# In characters: any text of a draft, and a permission of a version.
MAX_TEXT = 1_000
MAX_PERMISSION = 200
# Bytes of all keys `x-…` and their values, as JSON.
MAX_EXTENSIONS = 64 * 1024
# A message shows so many members of a cycle from its beginning, and as many from its end.
_CYCLE_SHOWN = 20
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
INTEGRATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}")


class ManifestMember(msgspec.Struct, frozen=True, rename="camel"):
    """An entity of the integration under its slug, and how installs take it.

    `default_enabled` opts in, as every flag here is false unless it is given. So with the policy `auto_defaults`, a
    member without flags is installed only if it is selected, or if another member needs it.
    """

    slug: str
    entity_id: str
    kind: str
    required: bool = False
    default_enabled: bool = False
    fork_on_install: bool = False
    depends_on: tuple[str, ...] = ()


class ManifestDependency(msgspec.Struct, frozen=True, rename="camel"):
    """Another integration, `publisher/slug`, that must be installed as well; `range` is written as npm writes them."""

    integration: str
    range: str
    optional: bool = False


class ManifestDefaults(msgspec.Struct, frozen=True, rename="camel"):
    """What an install gets that does not say otherwise.

    `member_policy` is a `MemberPolicy` once the manifest has no `publish_problems`; a draft may hold any text.
    """

    variables: dict[str, Any] = {}
    member_policy: str = DEFAULT_POLICY


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """A whole manifest. `permissions` are names that an admin of the installing workspace has to accept."""

    members: tuple[ManifestMember, ...] = ()
    dependencies: tuple[ManifestDependency, ...] = ()
    defaults: ManifestDefaults = ManifestDefaults()
    permissions: tuple[str, ...] = ()
    allow_multiple_installs: bool = False


def type_problems(tree: Json, max_members: int = MAX_MEMBERS) -> Iterator[Problem]:
    """What keeps a draft's manifest from being stored: unknown keys, wrong types, sizes. `{}` has none.

    What a published manifest must be besides is the matter of `publish_problems`.
    """
    short = text(MAX_TEXT)
    member = record(
        {"slug": short, "entityId": short, "kind": short},
        {
            "required": boolean,
            "defaultEnabled": boolean,
            "forkOnInstall": boolean,
            "dependsOn": array(short, max_members),
        },
    )
    dependency = record({"integration": short, "range": short}, {"optional": boolean})
    manifest = record(
        {},
        {
            "members": array(member, max_members),
            "dependencies": array(dependency, MAX_LISTED),
            "defaults": record({}, {"variables": open_object, "memberPolicy": short}),
            "permissions": array(short, MAX_LISTED),
            "allowMultipleInstalls": boolean,
        },
        extensions=True,
    )
    yield from problems_of(manifest, tree)
    yield from _extension_problems(tree)


def _extension_problems(tree: Json) -> Iterator[Problem]:
    """What is free is not without end: it stands in every version, and in every page that shows one."""
    if not isinstance(tree, dict):
        return
    sizes = {key: len(jsontext.encode({key: value})) for key, value in tree.items() if key.startswith("x-")}
    if sum(sizes.values()) > MAX_EXTENSIONS:
        detail = f"Keys x-… have at most {MAX_EXTENSIONS:,} bytes together; these have {sum(sizes.values()):,}."
        yield at((max(sizes, key=lambda key: sizes[key]),), "extensions-too-large", detail)


def parse(tree: Json) -> Manifest:
    """The manifest in a tree without `type_problems`; keys `x-…` are left out."""
    return msgspec.convert(tree, Manifest)


def publish_problems(manifest: Manifest, kinds: Collection[str], name: str | None = None) -> Iterator[Problem]:
    """Everything that publish refuses in the manifest itself; what needs the database is checked by `versions`.

    `kinds` are the kinds of entities that there are. `name` is the integration's own, `publisher/slug`, which may not
    stand among its dependencies.
    """
    yield from _member_problems(manifest.members, kinds)
    yield from _cycle_problems(manifest.members)
    yield from _dependency_problems(manifest.dependencies, name)
    yield from _permission_problems(manifest.permissions)
    yield from _policy_problems(manifest.defaults.member_policy)


def _member_problems(members: tuple[ManifestMember, ...], kinds: Collection[str]) -> Iterator[Problem]:
    slugs = {member.slug for member in members}

    for place, member in enumerate(members):
        path: Path = ("members", place)
        if not SLUG.fullmatch(member.slug):
            detail = "A slug is 1 to 128 lower-case letters, digits, '.', '_' and '-', a letter or digit first."
            yield at((*path, "slug"), "malformed-slug", detail)
        if member.kind not in kinds:
            yield at((*path, "kind"), "unknown-kind", f"The kinds are {', '.join(sorted(kinds))}.")
        for index, slug in enumerate(member.depends_on):
            if slug not in slugs:
                yield at((*path, "dependsOn", index), "unknown-member", f"There is no member {slug[:128]!r}.")
        yield from _repeats(member.depends_on, (*path, "dependsOn"), ())

    yield from _repeats((member.slug for member in members), ("members",), ("slug",))
    yield from _repeats((member.entity_id for member in members), ("members",), ("entityId",))


def _cycle_problems(members: tuple[ManifestMember, ...]) -> Iterator[Problem]:
    """One problem for each cycle, at the `dependsOn` that closes it."""
    # of two members with one slug, a fault of its own, the first counts
    places: dict[str, int] = {}
    for place, member in enumerate(members):
        places.setdefault(member.slug, place)
    edges = {slug: members[place].depends_on for slug, place in places.items()}

    for cycle in find_cycles(edges):
        closing = places[cycle[-1]]
        index = members[closing].depends_on.index(cycle[0])
        path: Path = ("members", closing, "dependsOn", index)
        yield at(path, "dependency-cycle", f"These members depend on each other: {_format_cycle(cycle)}.")


def _format_cycle(cycle: list[str]) -> str:
    """As `a → b → a`; a long cycle without its middle."""
    shown = [*cycle, cycle[0]]
    if len(shown) > 2 * _CYCLE_SHOWN:
        left_out = len(shown) - 2 * _CYCLE_SHOWN
        shown = [*shown[:_CYCLE_SHOWN], f"({left_out:,} more)", *shown[-_CYCLE_SHOWN:]]
    return " → ".join(shown)


def _dependency_problems(dependencies: tuple[ManifestDependency, ...], name: str | None) -> Iterator[Problem]:
    for place, dependency in enumerate(dependencies):
        if dependency.integration == name:
            detail = "An integration cannot depend on itself: it could never be installed."
            yield at(("dependencies", place, "integration"), "self-dependency", detail)
        if not INTEGRATION.fullmatch(dependency.integration):
            detail = "A dependency is named publisher/slug, in lower-case letters, digits and '-'."
            yield at(("dependencies", place, "integration"), "malformed-integration", detail)
        try:
            parse_range(dependency.range)
        except ValueError as error:
            yield at(("dependencies", place, "range"), "malformed-range", str(error))
    yield from _repeats((dependency.integration for dependency in dependencies), ("dependencies",), ("integration",))


def _permission_problems(permissions: tuple[str, ...]) -> Iterator[Problem]:
    for place, permission in enumerate(permissions):
        if not permission.strip() or len(permission) > MAX_PERMISSION or not permission.isprintable():
            detail = f"A permission is 1 to {MAX_PERMISSION} printable characters."
            yield at(("permissions", place), "malformed-permission", detail)
    yield from _repeats(permissions, ("permissions",), ())


def _policy_problems(policy: str) -> Iterator[Problem]:
    if policy not in get_args(MemberPolicy):
        detail = f"memberPolicy is one of {', '.join(get_args(MemberPolicy))}."
        yield at(("defaults", "memberPolicy"), "unknown-value", detail)


def _repeats(values: Iterable[str], before: Path, after: Path) -> Iterator[Problem]:
    """A problem for each value that was there before, with the path `before`, its index, `after`."""
    first_places: dict[str, int] = {}
    for place, value in enumerate(values):
        first = first_places.setdefault(value, place)
        if first != place:
            yield at((*before, place, *after), "duplicate", f"{value[:128]!r} stands at {first} already.")
