"""Who calls, and whether such a caller may use the endpoint at all; what it may do with an object, operations say."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from starlette.requests import Request

from graft import clock
from graft.auth import authenticate as auth
from graft.auth.caller import Caller
from graft.db.connection import ReadConnection, WriteConnection
from graft.errors import Forbidden
from graft.web.context import Process
from graft.web.endpoint import Endpoint


def token_of(request: Request) -> str:
    """The token of a request, in whatever shape; `Unauthenticated` where there is none."""
    return auth.bearer_token(request.headers.get("authorization"))


def authenticate(
    token: str, process: Process, ask: Callable[[], AbstractAsyncContextManager[ReadConnection]]
) -> Awaitable[Caller]:
    """The caller that `token` names now; the database is asked by the connection of `ask` where it was not lately."""
    return auth.authenticate(token, process.callers, process.secrets.tokens, ask)


def authenticate_held(token: str, process: Process, db: WriteConnection) -> Awaitable[Caller]:
    """As `authenticate`, from no memory, and nobody takes a right from this caller until the transaction ends."""
    return auth.authenticate_held(token, process.secrets.tokens, db)


def admit(endpoint: Endpoint, caller: Caller, request: Request, process: Process) -> None:
    """Note the use of the key, for its row and for the log.

    `Forbidden` where keys of its kind may not come here, or where such a caller cannot make this call anywhere.
    """
    request.scope["graft.caller"] = f"apikey_{caller.key_id}"
    request.scope["graft.tenant"] = caller.tenant
    process.last_used.note(caller.key_id, clock.now())
    if caller.kind == "publishable" and not endpoint.publishable:
        raise Forbidden("A publishable key reads integrations, versions and previews, nothing else.")
    if endpoint.needs is not None and not endpoint.needs.met_by(caller):
        raise endpoint.needs.refusal(caller)
