"""Does a plan, and tells what was done; of one that is out of date it names the new one."""

import msgspec
import typer

from graft import ids, jsontext
from graft.cli.called import command_name
from graft.cli.client import Client, Refused
from graft.cli.failure import Code, Failure
from graft.cli.terminal import painted, stdout_screen
from graft.cli.upgrades.show_plan import show_applied
from graft.cli.upgrades.wire import AppliedPlan

PLAN = "intpln"


def apply_plan(client: Client, plan_id: str, reason: str | None) -> bytes:
    """The server's reply. Raises `Failure` with what to do where it does not apply the plan."""
    if ids.parse(PLAN, plan_id) is None:
        raise Failure(f"{plan_id} is no id of a plan: that is {PLAN}_ and 26 characters.", Code.WRONG_USAGE)
    content = jsontext.encode({"reason": reason} if reason else {})
    headers = {"Content-Type": "application/json"}
    try:
        return client.text("POST", f"/api/upgrade-plans/{plan_id}/apply", content=content, headers=headers)
    except Refused as refused:
        new = refused.document.get("plan") if refused.code_of_reply == "plan-stale" else None
        if new is None:
            raise
        again = f"Look at the new one: `{command_name()} plan {new['id']}`."
        raise Failure(f"{refused} Nothing was changed. {again}", refused.code) from refused


def tell_applied(text: bytes, *, as_json: bool) -> None:
    """Print what was done."""
    if as_json:
        typer.echo(text)
        return
    screen = stdout_screen()
    applied = msgspec.json.decode(text, type=AppliedPlan)
    typer.echo(painted(show_applied(applied, screen.width), colour=screen.colour), nl=False)
