"""Give clones a text of their own, as they read now, with the base that it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from graft.db.connection import WriteConnection
from graft.entities import queries as entities
from graft.entities.edit_clone import Base, written
from graft.entities.render import Reader, ids_of
from graft.entities.write import reader
from graft.ids import Id
from graft.installs import ends, queries
from graft.web.context import WriteContext

# How many clones get their texts at a time: each may have 1 MiB.
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Scribe:
    """Who writes texts down, when, and with what they are read. `actor_id` None: the system itself."""

    db: WriteConnection
    read: Reader
    actor_id: Id | None
    now: datetime

    @classmethod
    def of(cls, ctx: WriteContext) -> "Scribe":
        return cls(ctx.db, reader(ctx), ctx.caller.user_id, ctx.now)

    async def write_down(self, workspace_id: Id, entity_ids: Sequence[Id]) -> None:
        """Of these clones, those that have no text of their own."""
        versions: list[entities.NewVersion] = []
        for row in await queries.clones_to_read(self.db, entity_ids, workspace_id):
            if row["definition"] is None:
                text = self.read.definition(row)
                named = ids_of(row)
                refs = list(dict.fromkeys(named.values()))
                base = Base(row["base_id"], row["variables_id"], named, text, row["version_id"])
                versions.append(written(row["id"], text, refs, base, edited=False))
        if versions:
            await entities.insert_versions(self.db, workspace_id, self.actor_id, self.now, versions)
            await entities.set_definitions(self.db, workspace_id, self.now, versions)

    async def write_down_kept(self, install_id: Id, workspace_id: Id) -> None:
        """What stays behind when a deleted install is purged, and what it names."""
        await ends.keep_named(self.db, install_id, workspace_id, self.now)
        unwritten = iter(await ends.unwritten(self.db, install_id, workspace_id))
        while batch := list(islice(unwritten, _BATCH)):
            await self.write_down(workspace_id, batch)
