"""`graft plan`: what an upgrade would do to an install, member by member, and decisions on its conflicts."""

from enum import StrEnum
from typing import Annotated

import typer

from graft import ids
from graft.cli import signals
from graft.cli.client import Client
from graft.cli.connection import AsJson, Token, Url, Workspace, connect
from graft.cli.failure import Code, Failure
from graft.cli.find import find_install, find_version
from graft.cli.progress import progress
from graft.cli.upgrades import arguments
from graft.cli.upgrades.apply_plan import PLAN
from graft.cli.upgrades.pages import Tell, plan_of, posted, whole_plan
from graft.cli.upgrades.show_plan import MOST_SHOWN
from graft.cli.upgrades.tell_plan import tell_plan
from graft.jsontext import Json

_MOST_ROUNDS = 20


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
        str,
        typer.Argument(
            metavar="INSTALL", help="An install: its id (intins_…), or publisher/slug. Or a plan: its id (intpln_…)."
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
            if ids.parse(PLAN, install) is not None:
                text = _stored(client, install, to, body)
            else:
                text = _new(client, install, workspace, to, body)
            text = whole_plan(client, text, tell)
            if rest is not None:
                text = _decide_rest(client, text, rest.value, tell)
        return tell_plan(client, text, install, fields=fields, all_members=all_members, as_json=as_json)


def _new(client: Client, install: str, workspace: str | None, to: str | None, body: dict[str, Json]) -> bytes:
    install_id = find_install(client, install, workspace)
    if to is not None:
        found = client.call("GET", f"/api/integration-installs/{install_id}")
        body = {**body, "integrationVersionId": find_version(client, to, found["integrationId"])}
    body = {**body, "strategy": body["strategy"] or _Strategy.merge.value}
    return posted(client, f"/api/integration-installs/{install_id}/upgrade-plans", body)


def _stored(client: Client, plan_id: str, to: str | None, body: dict[str, Json]) -> bytes:
    """A plan that there is; with decisions the one that follows from it."""
    if to or any(value for name, value in body.items() if name != "resolutions"):
        raise Failure(f"Of {plan_id} only --resolve can be said; plan the install anew.", Code.WRONG_USAGE)
    path = f"/api/upgrade-plans/{plan_id}"
    if body["resolutions"]:
        return posted(client, f"{path}/resolve", {"resolutions": body["resolutions"]})
    return client.text("GET", path)


def _decide_rest(client: Client, text: bytes, choice: str, tell: Tell) -> bytes:
    """The plan that follows from deciding all conflicts alike; in rounds, as a plan names the first of many."""
    for _ in range(_MOST_ROUNDS):
        plan = plan_of(text)
        # a slug may be that of members of several installs
        left = {
            member.member_id: {place.pointer: choice for place in member.conflicts}
            for member in plan.members
            if member.conflicts
        }
        if not left:
            break
        text = whole_plan(client, posted(client, f"/api/upgrade-plans/{plan.id}/resolve", {"resolutions": left}), tell)
    return text
