"""What a version asks of a workspace before it may be installed there: variables, auth, dependencies, consent."""

from collections.abc import Mapping, Sequence

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.errors import Conflict, Forbidden, Invalid, Problem, invalid
from graft.ids import Id
from graft.installs import queries
from graft.jsontext import Json
from graft.manifest import auth_config, variables
from graft.manifest.manifest import Manifest
from graft.manifest.ranges import parse_range
from graft.web.context import Writing


def check_variables(version: Row, manifest: Manifest, values: Mapping[str, Json]) -> dict[str, Json]:
    """The values with defaults filled in; `Invalid` where the version's schema refuses them."""
    schema = jsontext.decode(bytes(version["variables_schema_snapshot"]))
    filled = variables.fill_defaults(schema, manifest.defaults.variables, values)
    problems = [
        Problem(f"/variables{problem.pointer}", problem.code, problem.detail)
        for problem in variables.check_values(schema, filled)
    ]
    if problems:
        raise Invalid("The variables do not fit the version's schema.", problems=problems)
    return filled


def auth_type(version: Row) -> str:
    return auth_config.auth_type(jsontext.decode(bytes(version["auth_config_snapshot"])))


async def check_auth_state(ctx: Writing, version: Row, workspace_id: Id, text: str | None) -> Id | None:
    """The auth state that a body names: it must be in the workspace, and of the type that the version wants."""
    wanted = auth_type(version)
    if text is None:
        if wanted == "none":
            return None
        raise invalid("/authStateId", "auth-required", f"The version needs an auth state of type {wanted}.")
    auth_state_id = ids.parse("ats", text)
    row = await queries.auth_state(ctx.db, auth_state_id, workspace_id) if auth_state_id else None
    if row is None:
        raise invalid("/authStateId", "unknown-auth-state", "There is no such auth state in the workspace.")
    if wanted not in ("none", row["type"]):
        raise invalid("/authStateId", "wrong-auth-type", f"The version needs an auth state of type {wanted}.")
    return auth_state_id


def check_dependencies(version: Row, active: Sequence[Row]) -> None:
    """Every dependency of the version must be met by an active install of the workspace."""
    missing = [
        f"{wanted['integration']} {wanted['range']}"
        for wanted in jsontext.decode(bytes(version["dependencies"]))
        if not wanted.get("optional") and not _met(wanted, active)
    ]
    if missing:
        raise Conflict(
            f"The workspace lacks {', '.join(missing)}.", code="dependency-missing", extra={"missing": missing}
        )


def dependents(leaving: Sequence[Row], active: Sequence[Row]) -> list[str]:
    """The active installs whose dependencies are met now and would not be without `leaving`, which are among them."""
    gone = {row["id"] for row in leaving}
    staying = [row for row in active if row["id"] not in gone]
    return [
        f"{row['publisher']}/{row['slug']}"
        for row in staying
        for wanted in jsontext.decode(bytes(row["dependencies"]))
        if _met(wanted, active) and not _met(wanted, staying)
    ]


def dependents_broken_by(install: Row, version: str, active: Sequence[Row]) -> list[str]:
    """The active installs that depend on this one's present version and not on its next."""
    others = [row for row in active if row["id"] != install["id"]]
    moved = {"publisher": install["publisher"], "slug": install["slug"], "version": version}
    return [
        f"{row['publisher']}/{row['slug']}"
        for row in others
        for wanted in jsontext.decode(bytes(row["dependencies"]))
        if _met(wanted, active) and not _met(wanted, [*others, moved])
    ]


def check_consent(
    ctx: Writing, version: Row, workspace_id: Id, accepted: Sequence[str], given: Sequence[str] | None
) -> list[str]:
    """What is accepted from now on: all that the version asks for. New permissions need an admin's exact word."""
    asked = set(version["permissions"])
    new = asked - set(accepted)
    if not new:
        return sorted(asked)
    if given is None or set(given) not in (asked, new):
        raise Conflict(
            f"The version asks for {', '.join(sorted(new))}.",
            code="consent-required",
            extra={"permissions": sorted(new)},
        )
    if ctx.caller.tier_in(workspace_id) < Tier.ADMIN:
        raise Forbidden("Only an admin of the workspace accepts permissions.")
    return sorted(asked)


def _met(wanted: Mapping[str, str], active: Sequence[Row | Mapping[str, str]]) -> bool:
    publisher, _, slug = wanted["integration"].partition("/")
    spec = parse_range(wanted["range"])
    return any(
        row["publisher"] == publisher and row["slug"] == slug and spec.satisfied_by(row["version"]) for row in active
    )
