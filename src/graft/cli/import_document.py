"""`graft import`: an OpenAPI document from a file into a workspace of a running server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from graft import jsontext
from graft.cli import signals
from graft.cli.client import Client
from graft.cli.failure import Failure
from graft.jsontext import Json

_CHUNK = 64 * 1024
_COUNTS = ("added", "changed", "revived", "unchanged", "gone")


def import_document(
    file: Annotated[Path, typer.Argument(help="OpenAPI 3.0 or 3.1, JSON or YAML, plain or gzipped.")],
    token: Annotated[str, typer.Option(envvar="GRAFT_API_TOKEN", help="Of an editor of the workspace.")],
    workspace: Annotated[str, typer.Option(help="The id (wsp_…) of the workspace.")],
    url: Annotated[str, typer.Option(envvar="GRAFT_API_URL", help="Of the server.")] = "http://127.0.0.1:8000",
    source: Annotated[str | None, typer.Option(help="The line of documents; by default from the title.")] = None,
    integration: Annotated[str | None, typer.Option(help="The id (int_…) of a draft to make the members of.")] = None,
) -> None:
    """Make entities of a document's operations and schemas; a newer document updates the same ones."""
    signals.interrupt_when_told_to_end()
    try:
        document = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from error
    parameters = {"workspaceId": workspace, "source": source, "integrationId": integration}
    with Client(url, token) as client:
        imported = jsontext.decode(_send(client, document, parameters))
    _show(imported)


def _send(client: Client, document: bytes, parameters: dict[str, str | None]) -> bytes:
    """The reply; the way there is shown on stderr, where it is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Sending", total=len(document))
        return client.text(
            "POST",
            "/api/entities/import-openapi",
            content=_sent(document, progress, task),
            parameters=parameters,
            headers={"Content-Length": str(len(document))},
        )


def _sent(document: bytes, progress: Progress, task: TaskID) -> Iterator[bytes]:
    for start in range(0, len(document), _CHUNK):
        chunk = document[start : start + _CHUNK]
        yield chunk
        progress.advance(task, len(chunk))
    progress.update(task, description="Importing", total=None)


def _show(imported: Json) -> None:
    for what in ("operations", "schemas"):
        counts = ", ".join(f"{imported[what][name]} {name}" for name in _COUNTS if imported[what][name])
        typer.echo(f"{what}: {counts or 'none'}")
    for entity in imported["gone"]:
        typer.echo(f"gone from the document, and left as it is: {entity['slug']} ({entity['id']})")
    typer.echo(f"source: {imported['source']}")
