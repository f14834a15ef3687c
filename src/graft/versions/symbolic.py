"""Read the members of a published version without an install: their definitions in symbolic form."""

from graft.errors import NotFound
from graft.ids import Id
from graft.versions import author_queries
from graft.versions.access import see_version
from graft.versions.author_models import PublishedMember
from graft.versions.member_listing import LIST, SLUG
from graft.web.context import ReadContext
from graft.web.lists import ListPage, Pairs


async def list_version_members(ctx: ReadContext, version_id: Id, query: Pairs) -> ListPage:
    """Who sees the version sees its members: it is what an install of it would hand out."""
    await see_version(ctx, version_id)
    return await LIST.page(ctx, query, {"version": version_id})


async def read_version_member(ctx: ReadContext, version_id: Id, slug: str) -> PublishedMember:
    """One of them by its slug, those of the closure (`schema:…`) too."""
    await see_version(ctx, version_id)
    row = await author_queries.select_member(ctx.db, version_id, slug) if SLUG.fullmatch(slug) else None
    if row is None:
        raise NotFound
    return LIST.projection.reader(ctx)(row)
