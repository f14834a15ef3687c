"""Change what an install was given, at the version that it has: variables, auth state, policy, more members."""

from collections.abc import Sequence

from graft.errors import Problem, raise_if_any
from graft.ids import Id
from graft.installs.access import read_install
from graft.jsontext import pointer
from graft.upgrades.models import Reconfigure, Reconfigured
from graft.upgrades.move import apply_move, one_id_each, plan_move
from graft.upgrades.settle import Neighbours, settle
from graft.upgrades.target import read_version
from graft.upgrades.upgrade import access_active_locked
from graft.versions.members import members_of
from graft.web.context import WriteContext


async def reconfigure(ctx: WriteContext, install_id: Id, body: Reconfigure) -> Reconfigured:
    """An upgrade to the version that is installed. It asks for no sight of the integration, which may be deleted."""
    row, active = await access_active_locked(ctx, install_id)
    version = await read_version(ctx, row.version_id)
    await _check_selected(ctx, version.id, body.selected_member_slugs)
    settled = await settle(ctx, row, version, body, Neighbours(active, {}), policy=body.member_policy)
    move = await plan_move(ctx, row, version, settled, one_id_each(), body.selected_member_slugs)
    done, _ = await apply_move(ctx, move, body.reason, "reconfigure")
    install = await read_install(ctx, install_id)
    return Reconfigured(done.updated, done.added, done.removed, done.skipped, install=install)


async def _check_selected(ctx: WriteContext, version_id: Id, slugs: Sequence[str]) -> None:
    members = (await members_of(ctx, [version_id]))[version_id]
    declared = {member.slug for member in members if member.role == "member"}
    raise_if_any(
        Problem(pointer("selectedMemberSlugs", at), "unknown-member", f"The version has no member {slug[:150]!r}.")
        for at, slug in enumerate(slugs)
        if slug not in declared
    )
