"""Which statements are those of a request: what it sends until it has its reply, and nothing that goes on meanwhile."""

import asyncio

import pytest

from graft import ids
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


LOCKS = [
    ("select 1 from integrations where id = $1 for share", {"integrations"}),
    ("select (select i.id from integrations i where i.id = $2 for key share) as id", {"integrations"}),
    ("select 1 from workspaces where id = $1 for no key update", {"workspaces"}),
    ("select 1 from installs i join workspaces w on w.id = i.workspace_id where i.workspace_id = $1 for update", {"workspaces"}),
    ("select 1 from installs i join workspaces w on w.id = i.workspace_id where i.workspace_id = $1 for share of i", set()),
    ("select 1 from workspace_locks where id = $1 and workspace_id = $1 for no key update", set()),
    ("select 1 from integrations where id = $1", set()),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "tables"), LOCKS)
@pytest.mark.parametrize(
    ("call", "tenants"),
    [
        ("POST /api/integrations/int_1/install", True),
        ("POST /api/integration-installs/intins_1/upgrade", True),
        ("PATCH /api/entities/fun_1", True),
        ("DELETE /api/auth-states/ats_1", True),
        ("PATCH /api/integrations/int_1", False),
        ("POST /api/integrations/int_1/publish", False),
        ("POST /api/entities/import-openapi", False),
        ("PATCH /api/workspaces/wsp_1", False),
    ],
)
def test_no_row_of_the_catalogue_is_locked_for_a_tenant(call: str, tenants: bool, statement: str, tables: set[str]):
    hearing = Hearing()
    with hearing.request(None, *call.split(" ")):
        hearing(statement, [ids.new_id()] * 2)
    told = {found.detail.partition(":")[0] for *_, found in hearing.objections if found.rule == "catalogue-lock"}
    assert told == (tables if tenants else set())
