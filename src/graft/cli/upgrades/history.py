"""`graft history`: what happened to an install, who did it, when and why."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import typer

from graft.cli import signals
from graft.cli.client import Client
from graft.cli.connection import AsJson, Token, Url, Workspace, connect
from graft.cli.find import find_install
from graft.cli.terminal import Mark, line, painted, stdout_screen
from graft.cli.upgrades.members import find_member, slugs_of_members
from graft.cli.upgrades.show_history import Names, show_history
from graft.cli.upgrades.wire import Operation

_MOST = 100


class _Info(msgspec.Struct, frozen=True, rename="camel"):
    total: int | None = None
    has_next_page: bool = False


class _History(msgspec.Struct, frozen=True, rename="camel"):
    data: list[Operation]
    page_info: _Info


Install = Annotated[
    str, typer.Argument(metavar="INSTALL", help="An install: its id (intins_…), or publisher/slug of the integration.")
]


def history(
    context: typer.Context,
    install: Install,
    token: Token,
    workspace: Workspace = None,
    url: Url = None,
    member: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Only what touched this member: its slug or its id (intmem_…).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many operations at most.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to an install, newest first."""
    signals.interrupt_when_told_to_end()
    with connect(context, url, token) as client:
        install_id = find_install(client, install, workspace)
        members = slugs_of_members(client, install_id)
        query = {"limit": str(limit), "member_id": member and find_member(client, install_id, member, members)}
        text = client.text("GET", f"/api/integration-installs/{install_id}/history", parameters=query)
        if as_json:
            typer.echo(text)
            return
        found = msgspec.json.decode(text, type=_History)
        names = _names(client, install_id, found.data, members)

    screen = stdout_screen()
    lines = [*show_history(found.data, names, screen.width)]
    if found.page_info.has_next_page:
        lines += [(), line("… and older ones: --limit shows more", Mark.FAINT)]
    typer.echo(painted(lines, colour=screen.colour), nl=False)


def _names(client: Client, install_id: str, operations: Iterable[Operation], members: dict[str, str]) -> Names:
    # the versions of an unlisted integration are listed for who names it
    integration_id = client.call("GET", f"/api/integration-installs/{install_id}")["integrationId"]
    versions = {id_ for one in operations for id_ in (one.from_version_id, one.to_version_id) if id_}
    users = {one.created_by for one in operations if one.created_by}
    return Names(
        {
            row["id"]: row["version"]
            for row in _rows(client, "/api/integration-versions", versions, integration_id=integration_id)
        },
        {row["id"]: row["email"] for row in _rows(client, "/api/users", users)},
        members,
    )


def _rows(client: Client, path: str, wanted: set[str], **options: str) -> list[Any]:
    """Those of these ids that the caller may see."""
    if not wanted:
        return []
    return client.call("GET", path, ids=",".join(sorted(wanted)), limit=str(_MOST), **options)["data"]
