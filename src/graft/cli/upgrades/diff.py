"""`graft diff`: how one version of an integration differs from another one."""

from typing import Annotated

import msgspec
import typer

from graft import jsontext
from graft.cli import signals
from graft.cli.client import Client
from graft.cli.connection import AsJson, Token, Url, Workspace, connect
from graft.cli.find import find_integration, find_version
from graft.cli.progress import progress
from graft.cli.terminal import painted, stdout_screen
from graft.cli.upgrades.pages import Tell
from graft.cli.upgrades.plan import AllMembers
from graft.cli.upgrades.show_diff import show_diff
from graft.cli.upgrades.wire import VersionDiff


def diff(
    context: typer.Context,
    integration: Annotated[str, typer.Argument(metavar="INTEGRATION", help="Its id (int_…), or publisher/slug.")],
    from_: Annotated[str, typer.Argument(metavar="FROM", help="The version before, such as 1.0.0.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The version after.")],
    token: Token,
    workspace: Workspace = None,
    url: Url = None,
    *,
    all_members: AllMembers = False,
    as_json: AsJson = False,
) -> None:
    """Show how two versions differ: members that come, go and change, and each place that does."""
    signals.interrupt_when_told_to_end()
    with connect(context, url, token) as client:
        integration_id = find_integration(client, integration, workspace)
        before, after = (find_version(client, version, integration_id) for version in (from_, to))
        with progress("Comparing") as tell:
            text = whole_diff(client, f"/api/integration-versions/{after}/diff", before, tell)
    if as_json:
        typer.echo(text)
        return
    screen, found = stdout_screen(), msgspec.json.decode(text, type=VersionDiff)
    lines = show_diff(found, screen.width, title=integration, everything=all_members)
    typer.echo(painted(lines, colour=screen.colour), nl=False)


def whole_diff(client: Client, path: str, before: str, tell: Tell, *, limit: int = 100) -> bytes:
    """The reply with the members of all pages, of `limit` at most; as it came where there is but one."""
    query: dict[str, str | None] = {"from": before, "limit": str(limit)}
    first = client.text("GET", path, parameters=query)
    found = page = jsontext.decode(first)
    if not found["hasNextPage"]:
        return first

    members = found["members"]
    while page["hasNextPage"]:
        tell(len(members), found["total"])
        page = jsontext.decode(client.text("GET", path, parameters={**query, "after": page["endCursor"]}))
        members += page["members"]
    return jsontext.encode({**found, "members": members, "hasNextPage": False, "endCursor": None})
