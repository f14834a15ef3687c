"""Does a plan, and tells what was done; of one that is out of date it names the new one."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager

import typer

from graft import ids
from graft.cli.called import command_name
from graft.cli.client import Client, Refused
from graft.cli.failure import Code, Failure
from graft.cli.terminal import painted, stdout_screen
from graft.cli.upgrades.pages import posted
from graft.cli.upgrades.show_plan import show_applied
from graft.cli.upgrades.wire import Applied

PLAN = "intpln"


@contextmanager
def telling_of_interruption() -> Generator[None]:
    """What is sent may be done although nobody waits for the reply any more."""
    try:
        yield
    except KeyboardInterrupt:
        told = f"It may be done all the same: `{command_name()} history` tells."
        typer.echo(f"graft: Interrupted. {told}", err=True)
        raise typer.Exit(Code.INTERRUPTED) from None


def apply_plan(client: Client, plan_id: str, reason: str | None) -> bytes:
    """The server's reply. Raises `Failure` with what to do where it does not apply the plan."""
    if ids.parse(PLAN, plan_id) is None:
        raise Failure(f"{plan_id} is no id of a plan: that is {PLAN}_ and 26 characters.", Code.WRONG_USAGE)
    try:
        return posted(client, f"/api/upgrade-plans/{plan_id}/apply", {"reason": reason})
    except Refused as refused:
        new = refused.document.get("plan") if refused.code_of_reply == "plan-stale" else None
        if new is None:
            raise
        again = f"Look at the new one: `{command_name()} plan {new['id']}`."
        raise Failure(f"{refused} Nothing was changed. {again}", refused.code) from refused


def tell_applied(installs: Iterable[Applied]) -> None:
    """Print what was done, for people."""
    screen = stdout_screen()
    typer.echo(painted(show_applied(installs, screen.width), colour=screen.colour), nl=False)
