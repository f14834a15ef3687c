"""Uninstall softly, restore, and purge: what was edited or detached stays with the workspace."""

from collections.abc import Sequence

from graft.auth.caller import Tier
from graft.definitions.materialize import Materializer
from graft.errors import Conflict, NotFound
from graft.events.record import MOST_NAMED, record
from graft.ids import Id
from graft.installs import ends, queries, requirements
from graft.installs.access import access_install_locked, read_install
from graft.installs.models import Install
from graft.installs.purge import materialize_kept
from graft.installs.rows import ActiveInstall
from graft.installs.uninstall_models import Refusal, UninstallQuery
from graft.installs.uninstall_plan import Leaving, leave, leaving_rows, refuse_if_stale
from graft.integrations import queries as integrations
from graft.operations.before import Before, InstallEnd, install_image
from graft.operations.record import record_operation
from graft.versions import queries as versions
from graft.web.context import WriteContext
from graft.web.models import Success


async def uninstall(ctx: WriteContext, install_id: Id, query: UninstallQuery) -> Success:
    """Refused, naming them, while other installs need it, unless `withDependents` takes them along.

    With the fingerprint of a plan it does what that says, or nothing.
    """
    row = await access_install_locked(ctx, install_id, Tier.EDITOR)
    if row.deleted_at is not None:
        raise NotFound
    active = await queries.select_active(ctx.db, row.workspace_id)
    rows, refused = leaving_rows(install_id, active, with_dependents=query.with_dependents)
    if refused is not None:
        _refuse(refused, active)
    leaving = await leave(ctx, rows, install_id, naming=query.fingerprint is not None)
    refuse_if_stale(leaving, query.fingerprint)
    for found in leaving:
        await _uninstall_one(ctx, found)
    return Success()


async def _uninstall_one(ctx: WriteContext, leaving: Leaving) -> None:
    row, kept = leaving.row, leaving.kept
    clones = [found.id for found in kept if found.clone]
    references = [found.id for found in kept if not found.clone]
    await ends.update_uninstalled(
        ctx.db, row.id, row.workspace_id, InstallEnd(ctx.now, None, clones, references), ctx.now
    )
    images = Before(install=install_image(row), went=ctx.now)
    summary = leaving.summary
    counts = {"removed": summary.remove, "skipped": summary.keep}
    await record_operation(ctx, "uninstall", row.workspace_id, row.id, images, counts=counts)
    data = {"kept": [found.slug for found in kept if found.clone][:MOST_NAMED]}
    await record(ctx, "integration_install.deleted", row.workspace_id, "intins", row.id, data)


async def restore_install(ctx: WriteContext, install_id: Id) -> Install:
    """Brings back what went and takes kept clones in again as they are."""
    row = await access_install_locked(ctx, install_id, Tier.EDITOR)
    if row.deleted_at is None:
        raise Conflict("The install is not deleted.", code="not-deleted")
    active = await queries.select_active(ctx.db, row.workspace_id)
    version = await versions.select_version(ctx.db, row.version_id)
    assert version is not None
    if await versions.select_is_purged(ctx.db, row.integration_id):
        raise Conflict("The integration was purged.", code="integration-purged")
    parent_id = row.parent_install_id
    if parent_id is not None and all(found.id != parent_id for found in active):
        raise Conflict(
            "Its parent install is deleted.", code="parent-missing", extra={"missing": [f"intins_{parent_id}"]}
        )
    auth_state_id = row.auth_state_id
    if auth_state_id is not None and await queries.select_auth_type(ctx.db, auth_state_id, row.workspace_id) is None:
        raise Conflict("Its auth state is deleted.", code="auth-required", extra={"missing": [f"ats_{auth_state_id}"]})
    requirements.check_dependencies(version, active)
    if not row.allow_multiple:
        requirements.refuse_second(row.integration_id, parent_id, active)

    clones, members = await ends.select_stayed(ctx.db, install_id, row.workspace_id)
    came = InstallEnd(row.deleted_at, row.retention_tier, clones, members)
    await ends.update_restored(ctx.db, install_id, row.workspace_id, row.deleted_at, ctx.now)
    images = Before(install=install_image(row), came=came)
    await record_operation(ctx, "reinstate", row.workspace_id, install_id, images)
    await record(ctx, "integration_install.restored", row.workspace_id, "intins", install_id)
    return await read_install(ctx, install_id)


async def purge_install(ctx: WriteContext, install_id: Id) -> Success:
    """Kept clones stay behind as ordinary entities; a slug that is taken gets a suffix."""
    row = await access_install_locked(ctx, install_id, Tier.ADMIN)
    if row.deleted_at is None:
        raise Conflict("Only a deleted install can be purged.", code="not-deleted")
    if await queries.select_has_children(ctx.db, install_id, row.workspace_id):
        raise Conflict("Deleted child installs still name it; purge them first.", code="in-use")
    await materialize_kept(Materializer.of(ctx), install_id, row.workspace_id)
    kept = await ends.delete_install(ctx.db, install_id, row.workspace_id, ctx.now, row.solution_id)
    await integrations.delete_unnamed_versions(ctx.db, row.integration_id)
    await record(ctx, "integration_install.purged", row.workspace_id, "intins", install_id, {"kept": kept})
    return Success()


def _refuse(refused: Refusal, active: Sequence[ActiveInstall]) -> None:
    if refused.conflict == "has-children":
        detail = f"It is the parent of {', '.join(refused.installs)}."
        raise Conflict(detail, code="has-children", extra={"installs": list(refused.installs)})
    names = [found.full_slug for found in active if f"intins_{found.id}" in refused.installs]
    raise Conflict(f"{', '.join(names)} depend on it.", code="dependent-breaks", extra={"dependents": names})
