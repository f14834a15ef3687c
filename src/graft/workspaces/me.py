"""Who calls: the token of the call, its user or workspace, and what it may do where."""

from graft.auth.caller import Caller
from graft.web.context import ReadContext
from graft.web.models import rfc3339
from graft.workspaces import key_queries, queries
from graft.workspaces.models import Me, MyToken, MyUser, MyWorkspace
from graft.workspaces.rows import Calling, NamedWorkspace

# What stands in one reply; the list of workspaces has all.
_MOST_WORKSPACES = 1000


async def read_me(ctx: ReadContext) -> Me:
    """Who calls: a user or a key, with the tier in each of its workspaces, the first thousand by slug."""
    caller = ctx.caller
    calling = await key_queries.select_calling(ctx.db, caller.key_id)
    named = await queries.select_named(ctx.db, caller.workspaces(), _MOST_WORKSPACES)
    return Me(
        kind=caller.kind,
        token=_token(caller, calling),
        user=_user(caller, calling) if caller.kind == "session" else None,
        platform_admin=caller.platform_admin,
        workspaces=[_workspace(caller, row) for row in named],
        workspaces_left_out=len(caller.roles) - len(named),
    )


def _token(caller: Caller, calling: Calling) -> MyToken:
    return MyToken(f"apikey_{caller.key_id}", calling.key_name, rfc3339(calling.expires_at))


def _user(caller: Caller, calling: Calling) -> MyUser:
    return MyUser(f"usr_{caller.user_id}", calling.email, calling.name)


def _workspace(caller: Caller, row: NamedWorkspace) -> MyWorkspace:
    return MyWorkspace(f"wsp_{row.id}", row.slug, row.name, caller.roles[row.id].wire_name)
