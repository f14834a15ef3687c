"""The statements on stored plans, one a function."""

import msgspec
from msgspec.structs import astuple

from graft.auth.caller import Caller
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns, insertion, one
from graft.ids import Id
from graft.plans.models import PlanState
from graft.plans.rows import PlanRow

# A workspace keeps so many plans: who makes one more loses the oldest.
MOST_KEPT = 200

_PLAN = f"""
select {columns(PlanRow, "p")} from upgrade_plans p where p.id = $1 and (p.workspace_id = any($2) or $3)
"""


async def select_plan(db: ReadConnection, plan_id: Id, caller: Caller) -> PlanRow | None:
    """A plan of any workspace of the caller."""
    return await one(db, PlanRow, _PLAN, plan_id, caller.workspaces(), caller.platform_admin)


# $1 to $11 are the fields of `PlanRow`.
_INSERT = f"""
with older as (
  delete from upgrade_plans o where o.workspace_id = $2 and o.id in (
    select p.id from upgrade_plans p where p.workspace_id = $2 order by p.id desc offset {MOST_KEPT - 1} limit 100))
{insertion("upgrade_plans", PlanRow)}
"""


async def insert_plan(db: WriteConnection, row: PlanRow) -> None:
    await db.execute(_INSERT, *[bytes(value) if isinstance(value, msgspec.Raw) else value for value in astuple(row)])


async def update_state(db: WriteConnection, plan_id: Id, workspace_id: Id, state: PlanState) -> None:
    await db.execute(
        "update upgrade_plans set state = $3 where id = $1 and workspace_id = $2", plan_id, workspace_id, state
    )
