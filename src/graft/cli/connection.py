"""How a command reaches its server: options that say where and as whom, and a word on tokens that others can read."""

from typing import Annotated

import typer

from graft.cli.client import Client, default_url

Token = Annotated[
    str,
    typer.Option(
        envvar="GRAFT_API_TOKEN",
        metavar="TOKEN",
        help="Of an editor of the workspace. Better by the variable: other users of the machine see this option.",
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        envvar="GRAFT_API_URL",
        metavar="URL",
        help="Of the server; else what GRAFT_HOST and GRAFT_PORT say, else http://127.0.0.1:8000.",
    ),
]
Workspace = Annotated[
    str | None,
    typer.Option(
        envvar="GRAFT_WORKSPACE", metavar="ID", help="Where publisher/slug is installed: an id (wsp_…) or a slug."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="The server's reply, for programs.")]
_SEEN = "graft: Other users of this machine can see --token in its list of processes; set GRAFT_API_TOKEN instead."
_EXPOSED = "graft: The token goes to {url} unencrypted, for the network to read; use https://."


def connect(context: typer.Context, url: str | None, token: str) -> Client:
    """A client of the server; stderr tells who else can read the token."""
    source = context.get_parameter_source("token")
    if source is not None and source.name == "COMMANDLINE":
        typer.echo(_SEEN, err=True)
    client = Client(url or default_url(), token)
    if client.exposed:
        typer.echo(_EXPOSED.format(url=client.url), err=True)
    return client
