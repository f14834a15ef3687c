"""`graft undo`: bring an install back to what it was before an operation; what was edited by hand since stays."""

from typing import Annotated

import msgspec
import typer

from graft.cli import signals
from graft.cli.connection import AsJson, Token, Url, Workspace, connect
from graft.cli.failure import Code
from graft.cli.find import find_install
from graft.cli.progress import progress
from graft.cli.upgrades.apply import Why
from graft.cli.upgrades.apply_plan import tell_applied, telling_of_interruption
from graft.cli.upgrades.history import Install
from graft.cli.upgrades.members import find_member
from graft.cli.upgrades.pages import posted, whole_plan
from graft.cli.upgrades.plan import AllFields, AllMembers
from graft.cli.upgrades.tell_plan import tell_plan
from graft.cli.upgrades.wire import Applied
from graft.jsontext import Json


def undo(
    context: typer.Context,
    install: Install,
    token: Token,
    workspace: Workspace = None,
    url: Url = None,
    operation: Annotated[
        str | None, typer.Option(metavar="ID", help="As `graft history` shows it (intopn_…); else the last.")
    ] = None,
    member: Annotated[
        str | None, typer.Option(metavar="SLUG", help="This member alone: its slug or its id (intmem_…).")
    ] = None,
    reason: Why = None,
    *,
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Show what it would do, to decide or apply it later; nothing changes.")
    ] = False,
    fields: AllFields = False,
    all_members: AllMembers = False,
    as_json: AsJson = False,
) -> int:
    """Undo the last operation of an install, or all since one; undoing can be undone."""
    signals.interrupt_when_told_to_end()
    with connect(context, url, token) as client:
        install_id = find_install(client, install, workspace)
        member_id = member and find_member(client, install_id, member)
        body: dict[str, Json] = {"operationId": operation, "memberId": member_id}
        if plan_only:
            with progress("Planning") as tell:
                text = posted(client, f"/api/integration-installs/{install_id}/undo-plans", body)
                text = whole_plan(client, text, tell)
            names = {install_id: install}
            return tell_plan(client, text, names, fields=fields, all_members=all_members, as_json=as_json)

        with telling_of_interruption(), progress("Undoing"):
            text = posted(client, f"/api/integration-installs/{install_id}/undo", {**body, "reason": reason})
    if as_json:
        typer.echo(text)
    else:
        tell_applied([msgspec.json.decode(text, type=Applied)])
    return Code.DONE
