"""Whether a workspace has what an install needs that goes back to an earlier state."""

from graft.errors import Conflict
from graft.ids import Id
from graft.installs import queries, requirements
from graft.installs.rows import ActiveInstall, InstallRow
from graft.operations.before import InstallImage
from graft.upgrades.settle import Neighbours
from graft.versions import queries as versions
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


async def settle(ctx: ReadContext, row: InstallRow, image: InstallImage) -> None:
    """`Conflict` as of the call that would bring the install into this state: upgrade, uninstall or restore.

    Neither sight of the integration nor consent is asked for: the workspace had this state.
    """
    active = await queries.select_active(ctx.db, row.workspace_id)
    if image.deleted_at is not None:
        if row.deleted_at is None:
            _refuse_while_needed(row.id, active)
        return

    version = await versions.select_version(ctx.db, image.version_id)
    assert version is not None
    comes_back = row.deleted_at is not None
    if comes_back or image.auth_state_id != row.auth_state_id:
        await _check_auth_state(ctx, row.workspace_id, image.auth_state_id)
    if comes_back:
        await _check_return(ctx, row, image, active)
        requirements.check_dependencies(version, active)
    elif image.version_id != row.version_id:
        _check_neighbours(row, version, active)


def _check_neighbours(row: InstallRow, version: FoundVersion, active: list[ActiveInstall]) -> None:
    neighbours = Neighbours(active, {row.id: version})
    requirements.check_dependencies(version, neighbours.after)
    neighbours.refuse_if_broken(version)


async def _check_return(ctx: ReadContext, row: InstallRow, image: InstallImage, active: list[ActiveInstall]) -> None:
    if await versions.select_is_purged(ctx.db, row.integration_id):
        raise Conflict("The integration was purged.", code="integration-purged")
    parent_id = row.parent_install_id
    if parent_id is not None and all(found.id != parent_id for found in active):
        raise Conflict(
            "Its parent install is deleted.", code="parent-missing", extra={"missing": [f"intins_{parent_id}"]}
        )
    if not image.allow_multiple:
        requirements.refuse_second(row.integration_id, parent_id, active)


async def _check_auth_state(ctx: ReadContext, workspace_id: Id, auth_state_id: Id | None) -> None:
    """An auth state that no install names may be deleted, and purged, while an image names it."""
    if auth_state_id is None or await queries.select_auth_type(ctx.db, auth_state_id, workspace_id) is not None:
        return
    raise Conflict(
        "The auth state that it used is deleted.", code="auth-required", extra={"missing": [f"ats_{auth_state_id}"]}
    )


def _refuse_while_needed(install_id: Id, active: list[ActiveInstall]) -> None:
    leaving = [found for found in active if found.id == install_id]
    children, dependents = requirements.needing(leaving, active)
    if children:
        names = [f"intins_{child.id}" for child in children]
        raise Conflict(f"It is the parent of {', '.join(names)}.", code="has-children", extra={"installs": names})
    if dependents:
        names = [found.full_slug for found in dependents]
        raise Conflict(f"{', '.join(names)} depend on it.", code="dependent-breaks", extra={"dependents": names})
