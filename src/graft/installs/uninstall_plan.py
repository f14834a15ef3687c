"""What an uninstallation would do: which installs go, what of them goes and what stays, and who names what goes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from graft.errors import Conflict, NotFound, invalid
from graft.events.record import MOST_NAMED
from graft.ids import Id
from graft.installs import ends, queries, requirements
from graft.installs.access import access_install
from graft.installs.kept import staying
from graft.installs.rows import ActiveInstall, InstalledMember
from graft.installs.uninstall_models import (
    Cause,
    KeptReason,
    LeavingInstall,
    LeavingMember,
    LeavingPage,
    NamedStill,
    Refusal,
    UninstallPlan,
    UninstallPlanQuery,
    UninstallSummary,
)
from graft.kinds.registry import Kinds
from graft.versions.members import members_of
from graft.web.context import ReadContext


@dataclass(frozen=True, slots=True)
class Leaving:
    """An install that goes, with the members that it has and those of them that stay."""

    row: ActiveInstall
    cause: Cause
    members: Sequence[InstalledMember]
    kept: Sequence[InstalledMember]
    # slug of what goes → who names it
    still_named: Mapping[str, Sequence[str]]

    @property
    def kept_ids(self) -> set[Id]:
        return {found.id for found in self.kept}

    @property
    def summary(self) -> UninstallSummary:
        return UninstallSummary(len(self.members) - len(self.kept), len(self.kept))


async def read_uninstall_plan(ctx: ReadContext, install_id: Id, query: UninstallPlanQuery) -> UninstallPlan:
    """All of one moment. With `withDependents` as such a call would do it, else as one without."""
    start = _cursor(query.after)
    async with ctx.db.one_snapshot():
        found = await access_install(ctx, install_id)
        if found.deleted_at is not None:
            raise NotFound
        active = await queries.select_active(ctx.db, found.workspace_id)
        rows, refused = leaving_rows(install_id, active, with_dependents=query.with_dependents)
        leaving = await leave(ctx, rows, install_id)

    kinds = ctx.process.kinds
    members = [(found, member) for found in leaving for member in sorted(found.members, key=lambda one: one.slug)]
    page = members[start : start + query.limit]
    end = start + len(page)
    return UninstallPlan(
        kind="uninstall",
        integration_install_id=f"intins_{install_id}",
        with_dependents=query.with_dependents,
        fingerprint=fingerprint(leaving),
        refused=refused,
        summary=UninstallSummary(
            sum(found.summary.remove for found in leaving), sum(found.summary.keep for found in leaving)
        ),
        installs=[_install(found) for found in leaving],
        members=[_member(found, member, kinds) for found, member in page],
        page_info=LeavingPage(len(members), end < len(members), str(end) if page else None),
    )


def leaving_rows(
    install_id: Id, active: Sequence[ActiveInstall], *, with_dependents: bool
) -> tuple[list[ActiveInstall], Refusal | None]:
    """The installs that go, those first that nothing of it needs; and what forbids it where others are to stay."""
    [asked] = [row for row in active if row.id == install_id]
    if with_dependents:
        return requirements.all_needing(asked, active), None
    children, dependents = requirements.needing([asked], active)
    if children:
        return [asked], Refusal("has-children", [f"intins_{row.id}" for row in children])
    if dependents:
        return [asked], Refusal("dependent-breaks", [f"intins_{row.id}" for row in dependents])
    return [asked], None


async def leave(ctx: ReadContext, rows: Sequence[ActiveInstall], asked_id: Id, *, naming: bool = True) -> list[Leaving]:
    """What goes and what stays of each of these installs; `naming`: and who names what goes."""
    found: list[tuple[ActiveInstall, list[InstalledMember], list[InstalledMember]]] = []
    for row in rows:
        published = (await members_of(ctx, [row.version_id]))[row.version_id]
        installed = await queries.select_installed(ctx.db, row.id, row.workspace_id, published)
        live = [member for member in installed.members if not (member.removed or member.deleted)]
        found.append((row, live, staying(installed.members)))
    named = await _still_named(ctx, found) if naming else {}
    going = {row.id for row in rows}
    return [Leaving(row, _cause(row, asked_id, going), live, kept, named.get(row.id, {})) for row, live, kept in found]


async def _still_named(
    ctx: ReadContext, found: Sequence[tuple[ActiveInstall, list[InstalledMember], list[InstalledMember]]]
) -> dict[Id, dict[str, list[str]]]:
    """Install → slug of a clone of it that goes → the wire ids of entities that stay and name it."""
    gone: dict[Id, tuple[Id, str]] = {}
    for row, live, kept in found:
        kept_ids = {member.id for member in kept}
        gone |= {member.id: (row.id, member.slug) for member in live if member.clone and member.id not in kept_ids}
    if not gone:
        return {}
    install_ids = [row.id for row, _, _ in found]
    naming = await ends.select_naming(ctx.db, found[0][0].workspace_id, install_ids, list(gone))
    kinds, named = ctx.process.kinds, dict[Id, dict[str, list[str]]]()
    pairs = ((gone[ref], kinds.wire_id(one.kind, one.id)) for one in naming for ref in one.refs if ref in gone)
    for (install_id, slug), wire_id in islice(pairs, MOST_NAMED):
        names = named.setdefault(install_id, {}).setdefault(slug, [])
        if wire_id not in names:
            names.append(wire_id)
    return named


def refuse_if_stale(leaving: Sequence[Leaving], wanted: str | None) -> None:
    if wanted is not None and wanted != fingerprint(leaving):
        raise Conflict("What the plan says has moved; read it again.", code="plan-stale")


def fingerprint(leaving: Sequence[Leaving]) -> str:
    """Of all that is told of an uninstallation: equal ones do the same."""
    told = [
        [
            found.row.id,
            found.row.version_id,
            sorted(member.id for member in found.members),
            sorted(found.kept_ids),
            sorted((slug, sorted(names)) for slug, names in found.still_named.items()),
        ]
        for found in sorted(leaving, key=lambda one: one.row.id)
    ]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def _cause(row: ActiveInstall, asked_id: Id, going: set[Id]) -> Cause:
    if row.id == asked_id:
        return "asked"
    return "child" if row.parent_install_id in going else "dependent"


def _install(found: Leaving) -> LeavingInstall:
    warnings = [NamedStill("still-named", slug, list(names)) for slug, names in sorted(found.still_named.items())]
    row = found.row
    return LeavingInstall(f"intins_{row.id}", row.full_slug, row.version, found.cause, found.summary, warnings)


def _member(found: Leaving, member: InstalledMember, kinds: Kinds) -> LeavingMember:
    kept = member.id in found.kept_ids
    return LeavingMember(
        f"intins_{found.row.id}",
        member.slug,
        member.base.kind,
        f"intmem_{member.id}",
        kinds.wire_id(member.base.kind, member.entity_id),
        "keep" if kept else "remove",
        _reason(member) if kept else None,
    )


def _reason(member: InstalledMember) -> KeptReason:
    if member.detached_by is not None:
        return "detached"
    return "edited" if member.clone and member.edited else "named"


def _cursor(text: str | None) -> int:
    """The place that an `after` names; `Invalid` where it is none."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("after", "invalid-cursor", "This is no `endCursor` of this list.")
    return int(text)
