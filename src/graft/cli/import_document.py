"""`graft import`: send an OpenAPI document from a file to a running server, into a workspace."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from graft import jsontext
from graft.cli import signals
from graft.cli.client import Client, Refused
from graft.cli.connection import AsJson, Token, Url, connect
from graft.cli.failure import Code, Failure
from graft.cli.find import find_id
from graft.cli.input_file import read_file
from graft.cli.problems import format_problems
from graft.errors import Problem, Problems

_CHUNK = 64 * 1024
# The highest limit that a server can have (GRAFT_MAX_BODY_IMPORTS).
_MOST_BYTES = 1024 * 1024 * 1024
_COUNTS = ("added", "changed", "revived", "unchanged", "gone")
_OPTIONS = {"workspaceId": "--workspace", "integrationId": "--integration", "source": "--source"}


def import_document(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="OpenAPI 3.0 or 3.1, JSON or YAML, plain or gzipped; `-`: from stdin.")
    ],
    token: Token,
    workspace: Annotated[
        str, typer.Option(envvar="GRAFT_WORKSPACE", metavar="ID", help="The workspace: its id (wsp_…) or its slug.")
    ],
    url: Url = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Which line of documents it continues; by default the draft's, else its title."
        ),
    ] = None,
    integration: Annotated[
        str | None, typer.Option(metavar="ID", help="A draft to make the members of: its id (int_…) or its slug.")
    ] = None,
    *,
    placeholders: Annotated[
        bool, typer.Option("--placeholders", help="Fill ${variables.name} in at install; else the document is literal.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make entities of a document's operations and schemas; a newer document updates the same ones."""
    signals.interrupt_when_told_to_end()

    document = read_file(file, _MOST_BYTES)
    with connect(context, url, token) as client:
        workspace_id = find_id(client, "wsp", "workspaces", workspace)
        draft_id = integration and find_id(client, "int", "integrations", integration, workspace_id=workspace_id)
        parameters = {"workspaceId": workspace_id, "source": source, "integrationId": draft_id}
        parameters["placeholders"] = "variables" if placeholders else None
        reply = _import(client, document, parameters)

    if as_json:
        typer.echo(reply)
    else:
        _print_result(jsontext.decode(reply))


def _import(client: Client, document: bytes, parameters: Mapping[str, str | None]) -> bytes:
    """Send the document and return the reply. Problems with a parameter are reported with the name of its option."""
    try:
        return _send(client, document, parameters)
    except Refused as refused:
        if refused.status == 404:
            raise Failure(_explain_not_found(client, parameters), Code.NOT_FOUND) from refused
        named = Problems(
            Problem(_OPTIONS.get(found.pointer, found.pointer), found.code, found.detail) for found in refused.problems
        )
        named.left_out += refused.problems.left_out
        if named:
            raise Failure(format_problems("The document cannot be imported.", named), refused.code) from refused
        raise


def _explain_not_found(client: Client, parameters: Mapping[str, str | None]) -> str:
    """Tell the two meanings of a 404 apart: no Graft at this address, or no such workspace."""
    try:
        client.text("GET", "/readyz")
    except Refused:
        return f"There is no Graft at {client.url}: the address is that of the server, without /api."
    return f"There is no workspace {parameters['workspaceId']}, or this token may not see it."


def _send(client: Client, document: bytes, parameters: Mapping[str, str | None]) -> bytes:
    """Send the document and return the reply. On a terminal, stderr shows a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    sent: list[int] = []
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            return client.text(
                "POST",
                "/api/entities/import-openapi",
                content=_chunks(document, progress, progress.add_task("Sending", total=len(document)), sent),
                parameters=parameters,
                headers={"Content-Length": str(len(document))},
            )
    except KeyboardInterrupt:
        if not sent:
            raise
        typer.echo("graft: Interrupted. The document had been sent, and the server may still import it.", err=True)
        raise typer.Exit(Code.INTERRUPTED) from None


def _chunks(document: bytes, progress: Progress, task: TaskID, sent: list[int]) -> Iterator[bytes]:
    """The document in pieces. When the last one is asked for, `sent` gets the number of bytes."""
    for start in range(0, len(document), _CHUNK):
        chunk = document[start : start + _CHUNK]
        if start + _CHUNK >= len(document):
            sent.append(len(document))
            # another task, as the clock of a completed one stands still
            progress.remove_task(task)
            progress.add_task("Importing", total=None)
        yield chunk
        if not sent:
            progress.advance(task, len(chunk))


def _print_result(imported: Any) -> None:
    for what in ("operations", "schemas"):
        counts = ", ".join(f"{imported[what][name]} {name}" for name in _COUNTS if imported[what][name])
        typer.echo(f"{what}: {counts or 'none'}")
    for entity in imported["gone"]:
        typer.echo(f"gone from the document, and left as it is: {entity['slug']} ({entity['id']})")
    for entity in imported["overwritten"]:
        typer.echo(f"changed by hand, and brought to the document: {entity['slug']} ({entity['id']})")
    typer.echo(f"source: {imported['source']}")
    for warning in imported["warnings"]:
        typer.echo(f"{warning['pointer'] or 'the document'}: {warning['detail']} ({warning['code']})", err=True)
    if imported["warningsLeftOut"]:
        typer.echo(f"and {imported['warningsLeftOut']} further warnings", err=True)
