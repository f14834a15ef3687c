"""Give clones a text of their own, as they read now, with the base that it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graft import ids, jsontext
from graft.db.connection import WriteConnection
from graft.definitions.queries import insert_versions, select_to_read, update_definitions
from graft.definitions.render import Reader, reader
from graft.definitions.rows import Base, NewVersion
from graft.ids import Id
from graft.web.context import WriteContext


@dataclass(frozen=True, slots=True)
class Materializer:
    """Who materializes, when, and with what texts are read. `actor_id` None: the system itself."""

    db: WriteConnection
    read: Reader
    actor_id: Id | None
    now: datetime

    @classmethod
    def of(cls, ctx: WriteContext) -> "Materializer":
        return cls(ctx.db, reader(ctx.process), ctx.caller.user_id, ctx.now)

    async def materialize(self, workspace_id: Id, entity_ids: Sequence[Id]) -> None:
        """Of these clones, those that have no text of their own."""
        clones = await select_to_read(self.db, entity_ids, workspace_id)
        self.read.remember(clones)

        versions: list[NewVersion] = []
        for clone in clones:
            if clone.definition is None:
                assert clone.variables_id is not None
                text, named = self.read.definition(clone), clone.named
                refs = list(dict.fromkeys(named.values()))
                base = Base(clone.base_id, clone.variables_id, named, text, clone.version_id)
                versions.append(materialized(clone.id, text, refs, base, edited=False))
        if versions:
            await insert_versions(self.db, workspace_id, self.actor_id, self.now, versions)
            await update_definitions(self.db, workspace_id, self.now, versions)


def materialized(entity_id: Id, definition: bytes, refs: list[Id], base: Base | None, *, edited: bool) -> NewVersion:
    """A text of a clone's own, with the base that a merge starts from."""
    if base is None:
        return NewVersion(ids.new_id(), entity_id, definition, refs, edited=edited)
    return NewVersion(
        ids.new_id(),
        entity_id,
        definition,
        refs,
        base.base_id,
        base.variables_id,
        jsontext.encode(base.ids),
        edited=edited,
    )
