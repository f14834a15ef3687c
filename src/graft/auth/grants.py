"""The SQL of grants, for every slice: which objects they open to a caller, and their deletion with an object."""

from collections.abc import Sequence
from typing import LiteralString

from graft.auth.caller import Caller, Tier, tier_of
from graft.db.connection import WriteConnection
from graft.ids import Id

# The columns that `tier_by_grants` reads, of the grants `p` on one object.
TIERS = "array_agg(p.subject_id) as subjects, array_agg(p.tier) as tiers"

# That the object's workspace was not deleted; else a grant opens nothing.
OWNER_LIVES = "p.object_workspace_id in (select w.id from workspaces w where w.deleted_at is null)"

_AT_LEAST: dict[Tier, LiteralString] = {
    Tier.EDITOR: "p.tier in ('editor', 'admin')",
    Tier.ADMIN: "p.tier = 'admin'",
}


def at_least(tier: Tier, subjects: LiteralString) -> LiteralString:
    """The condition that the grant `p` gives at least this tier to one of `subjects`.

    `subjects` is the parameter (`$3`) that has `Caller.subjects(tier)`.
    """
    return f"{_AT_LEAST[tier]} and {_names(subjects)}"


def grants_to(
    subjects: LiteralString,
    *,
    of: LiteralString | None = None,
    everybody: bool = False,
    tier: Tier = Tier.VIEWER,
    owner_lives: bool = False,
    columns: LiteralString = "p.object_id",
) -> LiteralString:
    """A SELECT of the grants `p` to one of `subjects`, the parameter (`$3`) that has `Caller.subjects(tier)`.

    of: a condition on the object's id, such as `= $1`; else grants on all objects
    everybody: grants to everybody as well; they open an object to whoever knows its id, and show it in no list
    tier: grants of at least this tier
    owner_lives: only on objects whose workspace was not deleted
    columns: what is selected
    """
    named = f"(p.subject_id is null or {_names(subjects)})" if everybody else _names(subjects)
    on: LiteralString = f"p.object_id {of} and " if of else ""
    giving: LiteralString = f" and {_AT_LEAST[tier]}" if tier in _AT_LEAST else ""
    living: LiteralString = f" and {OWNER_LIVES}" if owner_lives else ""
    return f"select {columns} from permissions p where {on}p.deleted_at is null and {named}{giving}{living}"


def tier_by_grants(caller: Caller, subjects: Sequence[Id | None] | None, tiers: Sequence[str] | None) -> Tier:
    """The caller's tier by the grants in a row with the columns `TIERS`; NONE if there are none."""
    return caller.granted(zip(subjects or (), map(tier_of, tiers or ()), strict=True))


async def delete_grants(db: WriteConnection, object_ids: Sequence[Id]) -> None:
    """Delete the grants on integrations or entities that are purged. They are not kept, as nothing can be restored."""
    if object_ids:
        await db.execute("delete from permissions where object_id = any($1)", object_ids)


def _names(subjects: LiteralString) -> LiteralString:
    return f"p.subject_id = any({subjects}::uuid[])"
