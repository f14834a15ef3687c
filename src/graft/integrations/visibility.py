"""Who sees an integration: `private` and `unlisted` at once, `public` after a review."""

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden
from graft.events.record import record
from graft.ids import Id
from graft.integrations import queries
from graft.integrations.access import SeenIntegration, see_integration, see_locked
from graft.integrations.models import Decide, Review, SetVisibility, Visibility, VisibilityState
from graft.integrations.rows import EndedReview, NewReview
from graft.web.context import WriteContext


async def set_visibility(ctx: WriteContext, integration_id: Id, body: SetVisibility) -> VisibilityState:
    """`public` puts the integration in the review queue; the others take effect and withdraw a pending review."""
    seen = await see_locked(ctx, integration_id, Tier.ADMIN)
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
    # without a current version it may have been published: where all of its versions are yanked
    published = seen.row.current_version_id is not None or await queries.select_is_published(ctx.db, integration_id)
    if body.visibility != "private" and not published:
        raise Conflict("Only a published integration can leave private.", code="never-published")

    if body.visibility == "public" and seen.row.visibility != "public":
        asked = NewReview(ids.new_id(), integration_id, ctx.caller.user_id, ctx.now)
        review = await queries.insert_review(ctx.db, asked)
        await record(ctx, "integration.review_requested", seen.workspace_id, "int", integration_id)
        return VisibilityState(seen.row.visibility, review)

    withdrawn = EndedReview("withdrawn", None, ctx.caller.user_id, ctx.now)
    await queries.update_pending_review(ctx.db, integration_id, withdrawn)
    if body.visibility != seen.row.visibility:
        await _change(ctx, seen, body.visibility)
    return VisibilityState(body.visibility, None)


async def review_integration(ctx: WriteContext, integration_id: Id, body: Decide) -> Review:
    """A platform admin's answer to the wish for `public`."""
    if not ctx.caller.platform_admin:
        await see_integration(ctx, integration_id)
        raise Forbidden("Only a platform admin reviews.")
    seen = await see_locked(ctx, integration_id, Tier.ADMIN)
    if seen.deleted:
        raise Conflict("The integration is deleted.", code="deleted")

    ended = EndedReview("approved" if body.approve else "rejected", body.reason, ctx.caller.user_id, ctx.now)
    review = await queries.update_pending_review(ctx.db, integration_id, ended)
    if review is None:
        raise Conflict("The integration does not wait for review.", code="no-review-pending")

    if body.approve:
        await _change(ctx, seen, "public")
    else:
        await record(
            ctx, "integration.review_rejected", seen.workspace_id, "int", integration_id, {"reason": body.reason}
        )
    return review


async def _change(ctx: WriteContext, seen: SeenIntegration, visibility: Visibility) -> None:
    await queries.update_visibility(ctx.db, seen.id, visibility, ctx.now)
    change = {"from": seen.row.visibility, "to": visibility}
    await record(ctx, "integration.visibility_changed", seen.workspace_id, "int", seen.id, change)
