"""Remove old plans: what they were made from has long moved, and history tells what the applied ones did."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from graft.db.connection import WriteConnection
from graft.db.rows import columns
from graft.db.sweep import Sweep, Swept
from graft.ids import Id

# How long a plan stays, whatever became of it.
KEPT = timedelta(days=30)


class ExpiredPlan(Swept, frozen=True):
    """One that is older than plans stay."""

    workspace_id: Id


# Across all workspaces on purpose.
_EXPIRED = f"""
select {columns(ExpiredPlan, "p")} from upgrade_plans p
where p.created_at < $1 and ($2::uuid is null or (p.workspace_id, p.id) > ($2, $3::uuid))
order by p.workspace_id, p.id limit $4
"""


async def purge_expired(sweep: Sweep, now: datetime) -> int:
    """How many went; a transaction removes those of one workspace."""

    async def purge(db: WriteConnection, rows: Sequence[ExpiredPlan]) -> int:
        statement = "delete from upgrade_plans where workspace_id = $1 and id = any($2)"
        return await db.execute(statement, rows[0].workspace_id, [row.id for row in rows])

    count = 0
    async for page in sweep.pages(ExpiredPlan, _EXPIRED, now - KEPT, after=("workspace_id", "id")):
        for _, rows in groupby(page, key=lambda row: row.workspace_id):
            count += await sweep.do("plan", list(rows), purge)
    return count
