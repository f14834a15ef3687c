"""Read one solution."""

from graft.errors import NotFound
from graft.ids import Id
from graft.solutions import wire
from graft.solutions.models import Solution
from graft.web.context import ReadContext

_ONE = """
select s.id, s.workspace_id, s.name, s.description, s.created_by, s.deleted_at, s.retention_tier, s.created_at,
  s.updated_at
from solutions s where s.id = $1 and (s.workspace_id = any($2) or $3)
"""


async def read_solution(ctx: ReadContext, solution_id: Id) -> Solution:
    """Deleted or not, as its install."""
    row = await ctx.db.row(_ONE, solution_id, ctx.caller.workspaces(), ctx.caller.platform_admin)
    if row is None:
        raise NotFound
    return wire.solution(row)
