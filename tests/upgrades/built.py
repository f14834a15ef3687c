"""Members of versions and rows of installs, made in a line."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from graft.ids import Id
from graft.installs.rows import InstalledMember
from graft.upgrades.plan import plan_upgrade
from graft.upgrades.planned import Change, UpgradePlan
from graft.version_members import VersionMember

_numbers = itertools.count(1)
_templates: dict[object, int] = {}


def member(slug: str, n: int = 1, refs: str = "", uses: str = "", *, of: str = "", **fields: Any) -> VersionMember:
    """A member that is cloned and required. `n`, `refs` and `uses` make its template; `of`: its entity, else the slug."""
    closure = slug.startswith("schema:")
    entity = of or slug
    role = "closure" if closure else "member"
    made: dict[str, Any] = {
        "base_id": next(_numbers), "slug": slug, "kind": "schema" if closure else "function", "entity_slug": entity, "name": entity,
        "description": None, "role": role, "refs": refs.split(), "variables": uses.split(),
        "template_id": _templates.setdefault((n, refs, uses), len(_templates)),
        "source_entity_id": Id(entity), "source_version_id": Id(f"{entity} {n}"), "required": not closure,
        "default_enabled": not closure, "fork_on_install": not closure, "depends_on": [],
    }  # fmt: skip
    return VersionMember(**made | fields)


def reference(slug: str, n: int = 1, refs: str = "", uses: str = "", *, of: str = "", **fields: Any) -> VersionMember:
    return member(slug, n, refs, uses, of=of, **{"fork_on_install": False, **fields})


def clone(base: VersionMember, **fields: Any) -> InstalledMember:
    """The row of a clone that was given this; its id is the slug and `#`."""
    made: dict[str, Any] = {"id": Id(f"{base.slug}#"), "slug": base.slug, "clone": True, "base": base}
    return InstalledMember(**made | fields)


def seen(base: VersionMember, **fields: Any) -> InstalledMember:
    """The row of a reference."""
    return clone(base, clone=False, **fields)


def edited(base: VersionMember, names: Sequence[str] = (), **fields: Any) -> InstalledMember:
    """The row of a clone with an edit that names these ids."""
    made = {"state": "written", "edited": True, "detached_by": "edit", "version_id": Id("of the edit")}
    return clone(base, names=[Id(name) for name in names], **made | fields)


def planned(
    rows: Sequence[InstalledMember],
    old: Sequence[VersionMember],
    new: Sequence[VersionMember],
    policy: str = "auto_all",
    values: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
    attach: Sequence[str] = (),
) -> UpgradePlan:
    """The plan from one version to the next; `values` before and after. A new row's id is the slug and `+`."""
    change = Change(old, new, policy, *values)
    return plan_upgrade(rows, change, lambda slug: Id(f"{slug}+"), [Id(row_id) for row_id in attach])


def said(plan: UpgradePlan) -> dict[str, list[str]]:
    """Those of the four lists that are not empty."""
    lists = {"updated": plan.updated, "added": plan.added, "removed": plan.removed, "skipped": plan.skipped}
    return {name: slugs for name, slugs in lists.items() if slugs}


def slugs(plan: UpgradePlan) -> dict[str, str]:
    """Row → its slug afterwards, of those rows whose member the plan writes."""
    return {update.row.id: update.slug for update in plan.members}


def after(rows: Sequence[InstalledMember], plan: UpgradePlan) -> list[InstalledMember]:
    """The rows when the plan is written."""
    found = {row.id: row for row in rows}

    def change(row_id: Id, **fields: Any) -> None:
        found[row_id] = replace(found[row_id], **fields)

    def pin(row_id: Id, named: Mapping[str, Id] | None) -> None:
        if named is not None:
            change(row_id, state="pinned", names=tuple(named.values()))

    for row, named in (*plan.pin, *plan.remove):
        pin(row.id, named)
    for row, _ in plan.remove:
        change(row.id, removed=True)
    for update in plan.members:
        change(update.row.id, slug=update.slug, detached_by=update.detached_by)
        pin(update.row.id, update.pinned)
        if update.member is not None:
            state = {} if update.row.clone else {"state": "following", "names": ()}
            change(update.row.id, base=update.member, removed=False, **state)
    for given in plan.rebase:
        change(given.id, base=given.member, state="following", names=(), edited=False, removed=False, deleted=False)
    come = [
        InstalledMember(given.id, given.member.slug, clone=given.clone, base=given.member) for _, given in plan.insert
    ]
    return [*found.values(), *come]
