"""`graft plan`: what an upgrade would do to an install, member by member, and decisions on its conflicts."""

from enum import StrEnum
from typing import Annotated

import typer

from graft import ids
from graft.cli import signals
from graft.cli.connection import AsJson, Token, Url, Workspace, connect
from graft.cli.find import find_install
from graft.cli.progress import progress
from graft.cli.upgrades import arguments
from graft.cli.upgrades.apply_plan import PLAN
from graft.cli.upgrades.ask_plan import decide_rest, new_plan, stored_plan
from graft.cli.upgrades.pages import whole_plan
from graft.cli.upgrades.show_plan import MOST_SHOWN
from graft.cli.upgrades.tell_plan import tell_plan
from graft.jsontext import Json


class _Choice(StrEnum):
    mine = "mine"
    theirs = "theirs"


class _Strategy(StrEnum):
    merge = "merge"
    reapply = "reapply"


Resolve = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SLUG:POINTER=CHOICE", help="A decision: mine, theirs, or @FILE with a JSON value; more than once."
    ),
]
AllFields = Annotated[bool, typer.Option("--fields", help="Every field that differs, not only those to decide.")]
AllMembers = Annotated[bool, typer.Option("--all", help=f"All members of the table, not {MOST_SHOWN} of an outcome.")]


def plan(
    context: typer.Context,
    install: Annotated[
        list[str],
        typer.Argument(
            metavar="INSTALL...",
            help="An install: its id (intins_…), or publisher/slug; several move together. Or a plan (intpln_…).",
        ),
    ],
    token: Token,
    workspace: Workspace = None,
    url: Url = None,
    to: Annotated[
        str | None, typer.Option(metavar="VERSION", help="To this version, an older one too; else the current one.")
    ] = None,
    strategy: Annotated[
        _Strategy | None,
        typer.Option(help="Of members that were edited here: merge (the default), or reapply: leave them alone."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=TEXT", help="A variable; NAME:=JSON for other values; more than once."),
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="PERMISSION", help="A new permission that an admin accepts.")
    ] = None,
    resolve: Resolve = None,
    rest: Annotated[_Choice | None, typer.Option(help="Decide all that --resolve does not name in this way.")] = None,
    *,
    fields: AllFields = False,
    all_members: AllMembers = False,
    as_json: AsJson = False,
) -> int:
    """Plan an upgrade, and show it; nothing of the install changes.

    Exits with 5 where something is left to decide.
    """
    signals.interrupt_when_told_to_end()
    body: dict[str, Json] = {
        "strategy": strategy and strategy.value,
        "variables": arguments.variables(set_ or []),
        "acceptPermissions": accept,
        "resolutions": arguments.resolutions(resolve or []),
    }
    with connect(context, url, token) as client:
        with progress("Planning") as tell:
            names: dict[str, str] = {}
            if ids.parse(PLAN, install[0]) is not None:
                text = stored_plan(client, install, to, body)
            else:
                names = {find_install(client, one, workspace): one for one in install}
                text = new_plan(client, list(names), to, {**body, "strategy": strategy or _Strategy.merge})
            text = whole_plan(client, text, tell)
            if rest is not None:
                text = decide_rest(client, text, rest.value, tell)
        return tell_plan(client, text, names, fields=fields, all_members=all_members, as_json=as_json)
