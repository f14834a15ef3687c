"""What a database holds, so that a test can say that a request changed nothing."""

from tests.support.world import World

_TABLES = """
select format('select %L as name, count(*), coalesce(sum(hashtext((to_jsonb(t) - ''last_used_at'')::text)), 0) from %I t',
  c.relname, c.relname)
from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by c.relname
"""


async def stored(world: World) -> list[tuple[str, int, int]]:
    """Number of rows and a digest of them, by table; when a key was last used is noted whatever a request comes to."""
    counts = [row[0] for row in await world.owner.fetch(_TABLES)]
    return [tuple(row) for row in await world.owner.fetch(" union all ".join(counts))]
