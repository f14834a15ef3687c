"""Run an operation: one that reads on a connection, one that writes in a transaction, each again where it lost."""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from itertools import count
from typing import Any

from graft.auth.caller import Caller
from graft.db.again import again, try_again
from graft.db.connection import Database
from graft.db.errors import Outdated
from graft.web.authenticate import authenticate, authenticate_held
from graft.web.context import PrepareContext, Process, ReadContext, WriteContext
from graft.web.decode import Arguments
from graft.web.endpoint import Endpoint, Operation


async def run(
    endpoint: Endpoint, token: str, caller: Caller, arguments: Arguments, database: Database, process: Process
) -> Any:
    """What the operation gives."""
    if endpoint.computes:
        return await try_again(_compute, endpoint, token, caller, arguments, database, process)
    if not endpoint.writes:
        return await try_again(_read, endpoint, token, caller, count(), arguments, database, process)
    if endpoint.prepare is None:
        result = await try_again(_write, endpoint, token, caller, arguments, database, process)
    else:
        result = await _prepare_and_write(endpoint, endpoint.prepare, token, caller, arguments, database, process)
    if endpoint.changes_callers:
        process.callers.forget()
    return result


async def _compute(
    endpoint: Endpoint, token: str, seen: Caller, arguments: Arguments, database: Database, process: Process
) -> Any:
    """Without a connection but while something is asked; who calls is decided at each try."""
    caller = await authenticate(token, process, partial(database.reading, seen.tenant, brief=True))
    context = PrepareContext(database, caller, process)
    return await endpoint.operation(context, *arguments.positional, **arguments.named)


async def _read(
    endpoint: Endpoint,
    token: str,
    seen: Caller,
    tries: Iterator[int],
    arguments: Arguments,
    database: Database,
    process: Process,
) -> Any:
    """On a connection without a transaction. A standby stops a statement that reads what its primary has removed.

    `seen` is who called when the request came, which for a read is now; at a further try it is asked again.
    """
    async with database.reading(seen.tenant, brief=endpoint.brief) as db:
        caller = await authenticate(token, process, lambda: nullcontext(db)) if next(tries) else seen
        return await endpoint.operation(ReadContext(db, caller, process), *arguments.positional, **arguments.named)


async def _prepare_and_write(
    endpoint: Endpoint,
    prepare: Operation,
    token: str,
    seen: Caller,
    given: Arguments,
    database: Database,
    process: Process,
) -> Any:
    """What `prepare` makes of the body takes its place. Where that is outdated when it comes to writing: once more.

    Who calls is asked before each: a body takes its time.
    """

    async def prepared() -> Arguments:
        caller = await authenticate(token, process, partial(database.reading, seen.tenant, brief=True))
        made = await prepare(PrepareContext(database, caller, process), *given.positional, **given.named)
        rest = {name: value for name, value in given.named.items() if name != "body"}
        return Arguments(given.positional, {**rest, "prepared": made})

    async def attempt() -> Any:
        arguments = await try_again(prepared)
        return await try_again(_write, endpoint, token, seen, arguments, database, process)

    return await again(attempt, Outdated)


async def _write(
    endpoint: Endpoint, token: str, seen: Caller, arguments: Arguments, database: Database, process: Process
) -> Any:
    """In one transaction, committed here and nowhere else. `seen` is who called when the request came.

    What has to be true with the operation or not at all belongs here: an idempotency key is looked up before the
    operation and stored with its reply after it.
    """
    async with database.writing(seen.tenant) as db:
        # who calls is decided anew: a body may take its time, and so may waiting, in which a token was revoked
        caller = await (
            authenticate_held(token, process, db)
            if endpoint.changes_callers
            else authenticate(token, process, lambda: nullcontext(db))
        )
        return await endpoint.operation(WriteContext(db, caller, process), *arguments.positional, **arguments.named)
