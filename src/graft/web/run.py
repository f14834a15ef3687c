"""Run an operation: one that reads on a connection, one that writes in a transaction, each again where it lost."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

from graft.auth.caller import Caller
from graft.db.again import try_again
from graft.db.connection import Database
from graft.web.authenticate import authenticate
from graft.web.context import PrepareContext, Process, ReadContext, WriteContext
from graft.web.decode import Arguments
from graft.web.endpoint import Endpoint


async def run(
    endpoint: Endpoint, token: str, caller: Caller, arguments: Arguments, database: Database, process: Process
) -> Any:
    """What the operation gives."""
    if not endpoint.writes:
        return await try_again(_read, endpoint, caller, arguments, database, process)
    if endpoint.prepare is not None:
        arguments = await _prepared(endpoint.prepare, caller, arguments, database, process)
    result = await try_again(_write, endpoint, token, arguments, database, process)
    if endpoint.changes_callers:
        process.callers.forget()
    return result


async def _read(endpoint: Endpoint, caller: Caller, arguments: Arguments, database: Database, process: Process) -> Any:
    """On a connection without a transaction. A standby stops a statement that reads what its primary has removed."""
    async with database.reading() as db:
        return await endpoint.operation(ReadContext(db, caller, process), *arguments.positional, **arguments.named)


async def _prepared(
    prepare: Callable[..., Awaitable[Any]], caller: Caller, arguments: Arguments, database: Database, process: Process
) -> Arguments:
    """The arguments with what `prepare` made of the body in its place."""
    prepared = await prepare(PrepareContext(database, caller, process), *arguments.positional, **arguments.named)
    rest = {name: value for name, value in arguments.named.items() if name != "body"}
    return Arguments(arguments.positional, {**rest, "prepared": prepared})


async def _write(endpoint: Endpoint, token: str, arguments: Arguments, database: Database, process: Process) -> Any:
    """In one transaction, committed here and nowhere else.

    What has to be true with the operation or not at all belongs here: an idempotency key is looked up before the
    operation and stored with its reply after it.
    """
    async with database.writing() as db:
        # who calls is decided anew: a body may take its time, and so may waiting, in which a token was revoked
        caller = await authenticate(token, process, lambda: nullcontext(db))
        return await endpoint.operation(WriteContext(db, caller, process), *arguments.positional, **arguments.named)
