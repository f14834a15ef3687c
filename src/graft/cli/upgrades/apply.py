"""`graft apply`: do exactly what a plan says."""

from typing import Annotated

import msgspec
import typer

from graft.cli import signals
from graft.cli.connection import AsJson, Token, Url, connect
from graft.cli.progress import progress
from graft.cli.upgrades.apply_plan import apply_plan, tell_applied, telling_of_interruption
from graft.cli.upgrades.wire import AppliedPlan

Why = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the history.")]


def apply(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The id that `graft plan` shows (intpln_…).")],
    token: Token,
    url: Url = None,
    reason: Why = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Do what a plan says, all of it or nothing. What is undecided in it is left as it is."""
    signals.interrupt_when_told_to_end()
    with connect(context, url, token) as client, telling_of_interruption(), progress("Applying"):
        text = apply_plan(client, plan, reason)
    if as_json:
        typer.echo(text)
    else:
        tell_applied(msgspec.json.decode(text, type=AppliedPlan).installs)
