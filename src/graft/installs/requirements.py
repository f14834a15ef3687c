"""What a version asks of a workspace before it may be installed there: variables, auth, dependencies, consent."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from graft import jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden, Invalid, Problems, invalid
from graft.ids import Id
from graft.installs.rows import ActiveInstall, Values
from graft.jsontext import Json
from graft.manifest import Manifest, Range, auth_config, parse_range, variables
from graft.versions.rows import FoundVersion


def check_variables(version: FoundVersion, manifest: Manifest, given: Mapping[str, Json]) -> Values:
    """The given values with defaults filled in; `Invalid` where the version's schema refuses them.

    A default that nobody gave is none of the given, so it follows its version; `null` takes a value back.
    """
    schema = jsontext.decode(bytes(version.variables_schema_snapshot))
    declared = variables.declared(schema)
    given = {name: value for name, value in given.items() if value is not None or name not in declared}
    filled = variables.fill_defaults(schema, manifest.defaults.variables, given)
    problems = Problems().take(variables.check_values(schema, filled), "/variables")
    if problems:
        raise Invalid("The variables do not fit the version's schema.", problems=problems)
    return Values(jsontext.encode(given), jsontext.encode(filled), filled)


def typed(version: FoundVersion, values: Mapping[str, Json]) -> Collection[str]:
    """The variables whose values are scalars of the one type that the version declares for them."""
    return variables.typed_scalars(jsontext.decode(bytes(version.variables_schema_snapshot)), values)


def auth_type(version: FoundVersion) -> str:
    return auth_config.auth_type(jsontext.decode(bytes(version.auth_config_snapshot)))


def check_auth_state(version: FoundVersion, found: str | None, *, named: bool) -> None:
    """Whether the auth state is of the type that the version wants; `found`: its type, None where there is none."""
    wanted = auth_type(version)
    if not named:
        if wanted != "none":
            raise invalid("/authStateId", "auth-required", f"The version needs an auth state of type {wanted}.")
    elif found is None:
        raise invalid("/authStateId", "unknown-auth-state", "There is no such auth state in the workspace.")
    elif wanted not in ("none", found):
        raise invalid("/authStateId", "wrong-auth-type", f"The version needs an auth state of type {wanted}.")


def check_dependencies(version: FoundVersion, active: Sequence[ActiveInstall]) -> None:
    """Every dependency of the version must be met by an active install of the workspace, optional ones aside."""
    there = _versions(active)
    unmet = [
        wanted
        for wanted in jsontext.decode(bytes(version.dependencies))
        if not wanted.get("optional") and not _met(_spec(wanted["range"]), there.get(wanted["integration"], ()))
    ]
    if not unmet:
        return
    missing = [f"{wanted['integration']} {wanted['range']}" for wanted in unmet]
    unfit = [f"{wanted['integration']} {found}" for wanted in unmet for found in there.get(wanted["integration"], ())]
    has = f" It has {', '.join(unfit)}." if unfit else ""
    raise Conflict(
        f"The workspace lacks {', '.join(missing)}.{has}",
        code="dependency-missing",
        extra={"missing": missing, "unfit": unfit},
    )


def refuse_second(integration_id: Id, parent_id: Id | None, active: Sequence[ActiveInstall]) -> None:
    """`Conflict` naming the active installs of this integration and parent, where there may be only one."""
    others = [
        f"intins_{row.id}"
        for row in active
        if row.integration_id == integration_id and row.parent_install_id == parent_id
    ]
    if others:
        raise Conflict(
            f"The workspace has installed it: {', '.join(others)}.",
            code="already-installed",
            extra={"installs": others},
        )


def needing(
    leaving: Sequence[ActiveInstall], active: Sequence[ActiveInstall]
) -> tuple[list[ActiveInstall], list[ActiveInstall]]:
    """The active installs that would miss `leaving`: those under these, and those that depend on them.

    An optional dependency is missed by nobody.
    """
    leaving_ids = {row.id for row in leaving}
    staying = [row for row in active if row.id not in leaving_ids]
    names = {row.full_slug for row in leaving}
    before, after = _versions(active, names), _versions(staying, names)
    children = [row for row in staying if row.parent_install_id in leaving_ids]
    dependents = [row for row in staying if _breaks(row, before, after)]
    return children, dependents


def all_needing(leaving: ActiveInstall, active: Sequence[ActiveInstall]) -> list[ActiveInstall]:
    """`leaving` and all that cannot do without it or each other, those first that nothing of it needs.

    Looks at each install and at each dependency on it once, however long the chain is.
    """
    under: dict[Id | None, list[ActiveInstall]] = {}
    wanting: dict[str, list[tuple[ActiveInstall, Range]]] = {}
    for row in active:
        under.setdefault(row.parent_install_id, []).append(row)
        for name, spec in _wants(row):
            wanting.setdefault(name, []).append((row, spec))
    before, after = _versions(active), _versions(active)

    found = {leaving.id: leaving}
    pending = [leaving]
    for row in pending:
        after[row.full_slug].remove(row.version)
        missing = list(under.get(row.id, ()))
        missing += [
            other
            for other, spec in wanting.get(row.full_slug, ())
            if _met(spec, before[row.full_slug]) and not _met(spec, after[row.full_slug])
        ]
        for other in missing:
            if other.id not in found:
                found[other.id] = other
                pending.append(other)
    return pending[::-1]


def moved(row: ActiveInstall, version: FoundVersion) -> ActiveInstall:
    """An install as it is for others once it has this version."""
    return replace(row, version_id=version.id, version=version.version, dependencies=version.dependencies)


def broken_by_moves(moves: Mapping[Id, FoundVersion], active: Sequence[ActiveInstall]) -> list[str]:
    """The active installs that stay as they are, depend on present versions of those that move, and not on their next.

    What those that move depend on themselves, `check_dependencies` says.
    """
    names = {row.full_slug for row in active if row.id in moves}
    next_ones = [moved(row, moves[row.id]) if row.id in moves else row for row in active]
    before, after = _versions(active, names), _versions(next_ones, names)
    return [row.full_slug for row in active if row.id not in moves and _breaks(row, before, after)]


def relevant(moves: Mapping[Id, FoundVersion], active: Sequence[ActiveInstall]) -> list[tuple[Id, str, str]]:
    """The installs that stay as they are and that what moves depends on, or that depend on it: id, name, version."""
    moving = {row.full_slug for row in active if row.id in moves}
    wanted = {
        found["integration"] for version in moves.values() for found in jsontext.decode(bytes(version.dependencies))
    }
    return [
        (row.id, row.full_slug, row.version)
        for row in active
        if row.id not in moves and (row.full_slug in wanted or any(name in moving for name, _ in _wants(row)))
    ]


def _breaks(row: ActiveInstall, before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> bool:
    """Whether it loses what it depends on: `before` and `after` have the versions of what changes, and of no other."""
    return any(
        name in before and _met(spec, before[name]) and not _met(spec, after.get(name, ()))
        for name, spec in _wants(row)
    )


def _wants(row: ActiveInstall) -> Iterator[tuple[str, Range]]:
    """What it depends on and cannot do without: name and range."""
    for wanted in jsontext.decode(bytes(row.dependencies)):
        if not wanted.get("optional"):
            yield wanted["integration"], _spec(wanted["range"])


def check_consent(tier: Tier, version: FoundVersion, accepted: Sequence[str], given: Sequence[str] | None) -> list[str]:
    """What is accepted from now on: all that the version asks for. New permissions need an admin's exact word."""
    asked = set(version.permissions)
    new = new_permissions(version, accepted)
    if not new:
        return sorted(asked)
    if given is None or set(given) not in (asked, set(new)):
        raise Conflict(f"The version asks for {', '.join(new)}.", code="consent-required", extra={"permissions": new})
    if tier < Tier.ADMIN:
        raise Forbidden("Only an admin of the workspace accepts permissions.")
    return sorted(asked)


def new_permissions(version: FoundVersion, accepted: Sequence[str]) -> list[str]:
    """What the version asks for and nobody accepted yet."""
    return sorted(set(version.permissions) - set(accepted))


def _versions(active: Sequence[ActiveInstall], names: Container[str] | None = None) -> dict[str, list[str]]:
    """publisher/slug → the versions of it that are installed; of these names alone, where they are given."""
    found: dict[str, list[str]] = {}
    for row in active:
        name = row.full_slug
        if names is None or name in names:
            found.setdefault(name, []).append(row.version)
    return found


def _met(spec: Range, versions: Sequence[str]) -> bool:
    return any(spec.satisfied_by(version) for version in versions)


# the same few ranges are asked of every install of a workspace
_spec = lru_cache(maxsize=4096)(parse_range)
