"""The statements by which authors look at drafts and versions, one a function."""

from collections.abc import Sequence

from graft.db.connection import ReadConnection, Row
from graft.ids import Id
from graft.versions.member_listing import LIST as MEMBER_LIST
from graft.versions.member_listing import SOURCE as MEMBERS_SOURCE


async def select_burnt(db: ReadConnection, integration_id: Id, versions: Sequence[str]) -> set[str]:
    """Those of these version strings, precedence identities, that the name of this integration has spent."""
    rows = await db.rows(
        """select b.version from burnt_versions b join integrations i on b.publisher = i.publisher and b.slug = i.slug
           where i.id = $1 and b.version = any($2)""",
        integration_id,
        versions,
    )
    return {row["version"] for row in rows}


async def select_highest_id(db: ReadConnection, integration_id: Id) -> Id | None:
    """The highest version of all, yanked ones too; None where nothing was published."""
    return await db.value(
        "select id from integration_versions where integration_id = $1 order by precedence desc limit 1", integration_id
    )


async def select_member(db: ReadConnection, version_id: Id, slug: str) -> Row | None:
    """The row of one member as the list of a version's members shows it."""
    return await db.row(
        f"""select {MEMBER_LIST.projection.columns}
            from ({MEMBERS_SOURCE} where m.version_id = $1 and m.slug = $2) t""",
        version_id,
        slug,
    )
