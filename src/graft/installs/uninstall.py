"""Uninstall softly, restore, and purge: what was edited or detached stays with the workspace."""

from collections.abc import Sequence

from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.errors import Conflict, NotFound
from graft.events.record import record
from graft.ids import Id
from graft.installs import queries, requirements, wire
from graft.installs.access import access_install, access_install_locked
from graft.installs.apply import freeze
from graft.installs.models import Install
from graft.installs.plan import Present, kept_by
from graft.versions import queries as versions
from graft.versions.members import members_of
from graft.web.context import Writing
from graft.web.models import Success


async def uninstall(ctx: Writing, install_id: Id) -> Success:
    """Refused, naming them, while a child install or a dependent needs it."""
    row = await access_install_locked(ctx, install_id, Tier.EDITOR)
    if row["deleted_at"] is not None:
        raise NotFound
    await _refuse_while_needed(ctx, row)
    members = (await members_of(ctx, [row["version_id"]]))[row["version_id"]]
    present = await queries.present(ctx.db, install_id, row["workspace_id"], members)
    kept = _staying(present)
    unwritten = [found.id for found in kept if not found.literal]
    if unwritten:
        await freeze(ctx, row["workspace_id"], unwritten)
    await queries.mark_deleted(
        ctx.db, install_id, row["workspace_id"], [found.id for found in kept], ctx.now, row["solution_id"]
    )
    await record(
        ctx,
        "integration_install.deleted",
        row["workspace_id"],
        "intins",
        install_id,
        {"kept": [found.slug for found in kept]},
    )
    return Success()


async def restore_install(ctx: Writing, install_id: Id) -> Install:
    """Brings back what went and takes kept clones in again as they are."""
    row = await access_install_locked(ctx, install_id, Tier.EDITOR)
    if row["deleted_at"] is None:
        raise Conflict("The install is not deleted.", code="not-deleted")
    active = await queries.active(ctx.db, row["workspace_id"])
    version = await versions.version(ctx.db, row["version_id"])
    assert version is not None
    if await versions.is_purged(ctx.db, row["integration_id"]):
        raise Conflict("The integration was purged.", code="integration-purged")
    parent_id = row["parent_install_id"]
    if parent_id is not None and all(found["id"] != parent_id for found in active):
        raise Conflict(
            "Its parent install is deleted.", code="parent-missing", extra={"missing": [f"intins_{parent_id}"]}
        )
    auth_state_id = row["auth_state_id"]
    if auth_state_id is not None and await queries.auth_state(ctx.db, auth_state_id, row["workspace_id"]) is None:
        raise Conflict("Its auth state is deleted.", code="auth-required", extra={"missing": [f"ats_{auth_state_id}"]})
    requirements.check_dependencies(version, active)
    await queries.mark_restored(ctx.db, install_id, row["workspace_id"], row["deleted_at"], ctx.now, row["solution_id"])
    await record(ctx, "integration_install.restored", row["workspace_id"], "intins", install_id)
    return wire.install(await access_install(ctx, install_id))


async def purge_install(ctx: Writing, install_id: Id) -> Success:
    """Kept clones stay behind as ordinary entities; a slug that is taken gets a suffix."""
    row = await access_install_locked(ctx, install_id, Tier.ADMIN, alone=True)
    if row["deleted_at"] is None:
        raise Conflict("Only a deleted install can be purged.", code="not-deleted")
    if await queries.has_children(ctx.db, install_id, row["workspace_id"]):
        raise Conflict("Deleted child installs still name it; purge them first.", code="in-use")
    kept = await queries.purge(ctx.db, install_id, row["workspace_id"], ctx.now, row["solution_id"])
    await versions.purge_unnamed(ctx.db, row["integration_id"])
    await record(ctx, "integration_install.purged", row["workspace_id"], "intins", install_id, {"kept": kept})
    return Success()


async def _refuse_while_needed(ctx: Writing, row: Row) -> None:
    children = await queries.needed_by(ctx.db, row["id"], row["workspace_id"])
    if children:
        names = [f"intins_{child}" for child in children]
        raise Conflict(f"It is the parent of {', '.join(names)}.", code="has-children", extra={"installs": names})
    active = await queries.active(ctx.db, row["workspace_id"])
    broken = requirements.dependents([found for found in active if found["id"] == row["id"]], active)
    if broken:
        raise Conflict(f"{', '.join(broken)} depend on it.", code="dependent-breaks", extra={"dependents": broken})


def _staying(present: Sequence[Present]) -> list[Present]:
    """The clones that the workspace edited or detached, and what they name."""
    live = [found for found in present if found.clone and not found.gone]
    own = [found for found in live if found.detached or (found.literal and found.edited)]
    kept = {found.id for found in own} | kept_by(own, live)
    return [found for found in live if found.id in kept]
