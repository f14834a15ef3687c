"""Remove an install for ever, after what stays behind has been given texts of its own."""

from itertools import islice

from graft.definitions.materialize import Materializer
from graft.ids import Id
from graft.installs import ends

# How many clones get their texts at a time: each may have 1 MiB.
_BATCH = 16


async def materialize_kept(materializer: Materializer, install_id: Id, workspace_id: Id) -> None:
    """What stays behind when a deleted install is purged, and what it names."""
    await ends.update_named(materializer.db, install_id, workspace_id, materializer.now)
    unwritten = iter(await ends.select_unwritten(materializer.db, install_id, workspace_id))
    while batch := list(islice(unwritten, _BATCH)):
        await materializer.materialize(workspace_id, batch)
