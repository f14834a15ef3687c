"""Prints a plan that the server made: for people with the fields that matter and what to type next, or as JSON."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from graft import jsontext
from graft.cli.called import command_name
from graft.cli.client import Client, Refused
from graft.cli.failure import Code
from graft.cli.progress import progress
from graft.cli.terminal import Line, Mark, Piece, line, painted, stdout_screen
from graft.cli.upgrades.pages import Tell, field_pages, fields_of, plan_of
from graft.cli.upgrades.show_fields import show_fields_by_member
from graft.cli.upgrades.show_plan import MOST_SHOWN, show_plan
from graft.cli.upgrades.wire import Member, Plan

# Who decided the fields that are shown unasked: somebody is to, or has.
_OF_PEOPLE = ("conflict", "resolved")
# Outcomes that change no member.
_STAYING = ("unchanged", "skip", "conflict")


def tell_plan(
    client: Client, text: bytes, names: Mapping[str, str], *, fields: bool, all_members: bool, as_json: bool
) -> Code:
    """Print a plan, whole, and give the exit code. `names`: of installs, as the command line named them."""
    found = plan_of(text)
    if as_json:
        typer.echo(_with_fields(client, text) if fields else text)
    else:
        _print(client, found, names, fields=fields, all_members=all_members)
    return Code.CONFLICT if found.summary.get("conflict") else Code.DONE


def _with_fields(client: Client, text: bytes) -> bytes:
    plan: Any = jsontext.decode(text)
    with progress("Reading fields") as tell:
        found: list[Any] = []
        for page in field_pages(client, plan["id"]):
            found += jsontext.decode(page)["data"]
            tell(len(found), 0)
    return jsontext.encode({**plan, "fields": found})


def _print(client: Client, found: Plan, names: Mapping[str, str], *, fields: bool, all_members: bool) -> None:
    screen = stdout_screen()
    lines = [*show_plan(found, screen.width, names, all_members=all_members)]
    typer.echo(painted(lines, colour=screen.colour), nl=False)
    # of a plan that was done, or cannot be any more, no fields are told
    if found.state != "open":
        return
    with progress("Reading fields") as tell:
        try:
            lines = [*_fields(client, found, screen.width, tell, everything=fields), (), *_ways_on(found)]
        except Refused as refused:
            if refused.code_of_reply != "plan-stale":
                raise
            lines = [(), line("What it was made from has moved: plan anew.", Mark.ALARM)]
    typer.echo(painted(lines, colour=screen.colour), nl=False)


def _fields(client: Client, plan: Plan, width: int, tell: Tell, *, everything: bool) -> Iterator[Line]:
    """All fields, or those that somebody has to decide or has decided."""
    if everything:
        yield from show_fields_by_member(fields_of(field_pages(client, plan.id)), width)
        return

    asked = [member for member in plan.members if member.conflicts or _is_decided(plan, member)]
    for number, member in enumerate(asked[:MOST_SHOWN]):
        tell(number, len(asked))
        found = fields_of(field_pages(client, plan.id, member.member_id))
        yield from show_fields_by_member([field for field in found if field.by in _OF_PEOPLE], width)
    if len(asked) > MOST_SHOWN:
        yield ()
        yield line(f"… {len(asked) - MOST_SHOWN:,} more members to decide; --fields shows all", Mark.FAINT)


def _is_decided(plan: Plan, member: Member) -> bool:
    return member.slug in plan.resolutions or member.member_id in plan.resolutions


def _ways_on(plan: Plan) -> Iterator[Line]:
    """What to type next."""
    undecided = [member for member in plan.members if member.conflicts]
    if undecided:
        # of several installs two may have the slug
        member = undecided[0].slug if len(plan.installs) == 1 else undecided[0].member_id
        place = f"{member}:{undecided[0].conflicts[0].pointer}"
        yield line("Decide, with mine, theirs or @FILE:")
        yield _typed(f"plan {plan.id} --resolve {shlex.quote(place + '=mine')}")
    if any(number for outcome, number in plan.summary.items() if outcome not in _STAYING):
        yield line("Do it; what is undecided stays as it is:" if undecided else "Do it:")
        yield _typed(f"apply {plan.id}")
    elif not undecided:
        yield line("Nothing is to do.")


def _typed(words: str) -> Line:
    return (Piece("  "), *line(f"{command_name()} {words}", Mark.HEAD))
