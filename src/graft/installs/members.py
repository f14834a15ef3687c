"""The members of an install: what each is, where it came from, and whether it was edited."""

from collections.abc import Mapping, Sequence
from itertools import islice

from graft import jsontext
from graft.ids import Id
from graft.installs import queries
from graft.installs.listing import LIST
from graft.installs.models import Config, Member, Members
from graft.installs.rows import FoundInstall, MemberEntity, MemberRow
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.web.context import ReadContext
from graft.web.row import access_row

# Names of variables in one reply, and of one member in it. A member that lacks something is told one in any case.
_MOST_NAMES = 10_000
_MOST_NAMES_OF_ONE = 100


async def read_members(ctx: ReadContext, install_id: Id) -> Members:
    """Those of the install as it is, all of one moment; of a deleted one, those that it had."""
    async with ctx.db.one_snapshot():
        install = await access_row(LIST, ctx, install_id, FoundInstall, filled="w.filled")
        found = await queries.select_members(ctx.db, install_id, install.workspace_id)
    return _shown_members(ctx, install, found)


async def read_some_members(ctx: ReadContext, install_id: Id, member_ids: Sequence[Id]) -> Members:
    """Those of these members that are there, in the order of their ids."""
    install = await access_row(LIST, ctx, install_id, FoundInstall, filled="w.filled")
    return _shown_members(
        ctx, install, await queries.select_members(ctx.db, install_id, install.workspace_id, member_ids)
    )


def _shown_members(ctx: ReadContext, install: FoundInstall, found: Sequence[tuple[MemberRow, MemberEntity]]) -> Members:
    missing = _Missing(jsontext.decode(bytes(install.filled)))
    registry = ctx.process.kinds
    return Members(
        [
            _shown(install, row, entity, registry, missing.of(entity))
            for row, entity in found
            if row.deleted_at is None or row.deleted_at == install.deleted_at
        ]
    )


class _Missing:
    """What the members of one reply ask for and their install does not give: of many names the first, by member."""

    def __init__(self, variables: Mapping[str, Json]) -> None:
        self._variables = variables
        self._left = _MOST_NAMES

    def of(self, entity: MemberEntity) -> list[str]:
        if not entity.follows:
            return []
        names = (f"variables.{name}" for name in entity.variables if self._variables.get(name) is None)
        found = list(islice(names, max(1, min(self._left, _MOST_NAMES_OF_ONE))))
        self._left -= len(found)
        return found


def _shown(install: FoundInstall, row: MemberRow, entity: MemberEntity, kinds: Kinds, missing: list[str]) -> Member:

    return Member(
        id=f"intmem_{row.id}",
        integration_install_id=f"intins_{install.id}",
        workspace_id=f"wsp_{install.workspace_id}",
        entity_id=kinds.wire_id(entity.kind, entity.id),
        entity_version_id=f"entver_{entity.version_id}",
        source_member_slug=row.slug,
        is_clone=row.base_id is None,
        # what follows its version is of that version, though its row may be of an older one that had the same
        source_version_id=f"intver_{install.version_id if entity.follows else entity.source_version_id}",
        detached=row.detached_by is not None,
        enabled=row.enabled,
        permissions=list(row.permissions or ()),
        added_by=f"usr_{row.added_by}" if row.added_by else None,
        # a clone deleted by hand keeps its member, which says so
        deleted_at=row.deleted_at or entity.deleted_at,
        retention_tier=row.retention_tier,
        added_at=row.added_at,
        kind=entity.kind,
        name=entity.name,
        edited=entity.edited,
        detached_by=row.detached_by,
        held_paths=list(row.held_paths or ()),
        config=Config("incomplete" if missing else "ready", missing),
    )
