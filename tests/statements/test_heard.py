"""Which statements are those of a request: what it sends until it has its reply, and nothing that goes on meanwhile."""

import asyncio

from tests.statements.heard import Hearing


async def test_a_task_that_goes_on_meanwhile_is_not_counted_with_a_request():
    hearing, asked, told = Hearing(), asyncio.Event(), asyncio.Event()

    async def background() -> None:
        await asked.wait()
        hearing("select 'in the background'", ())
        told.set()

    task = asyncio.create_task(background())
    with hearing.request(None, "GET", "/") as request:
        hearing("select 'of the request'", ())
        asked.set()
        await told.wait()
    await task

    assert request.statements == ["select 'of the request'"]


async def test_what_a_request_leaves_behind_is_not_counted_with_it():
    hearing, over = Hearing(), asyncio.Event()

    async def later() -> None:
        await over.wait()
        hearing("select 'later'", ())

    with hearing.request(None, "GET", "/") as request:
        hearing("select 'of the request'", ())
        task = asyncio.create_task(later())
    over.set()
    await task

    assert request.statements == ["select 'of the request'"]
    assert {text for _, text in hearing.sent} == {"select 'of the request'", "select 'later'"}
