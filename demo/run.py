"""The whole life of an integration on real documents, checked against a plain comparison of them."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demo.documents import HEADER
from demo.scenario import Outcome, live
from demo.server import own_server
from graft.cli import signals
from graft.cli.failure import Code, Failure

_ROOT = Path(__file__).resolve().parents[1]
_HELPDESK = _ROOT / "examples" / "helpdesk"
_STRIPE = _ROOT.parent / "shared" / "data"
_EXPLANATION = (
    "Each document gets, in memory, `${variables.apiBase}` in place of its servers, and for every operation a header"
    f" parameter {HEADER} that is described by `${{variables.accountId}}`. So the definition of every operation uses"
    " both variables of the integration. The import is told to take them for placeholders; else it is literal.\n"
)
_KEPT = """
The server stays: {url} (documentation: {url}/docs)
  token of its administrator  {token}
  to stop it                  kill {process}
  to remove its data          rm -r {folder}
"""


def demo(
    v1: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The first of two versions of a document, in place of the examples."),
    ] = None,
    v2: Annotated[Path | None, typer.Option(metavar="FILE", help="The second one.")] = None,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server running, to look at it.")] = False,
) -> None:
    """Import, publish, install, edit, upgrade, merge, undo two versions of real API documents, and check it all."""
    signals.interrupt_when_told_to_end()
    if (v1 is None) != (v2 is None):
        raise typer.BadParameter("--v1 and --v2 go together.")
    pairs = [(v1, v2)] if v1 and v2 else list(_examples())
    for path in (path for pair in pairs for path in pair):
        _check_readable(path)
    console = Console()
    console.print(_EXPLANATION, markup=False, highlight=False)
    console.print("Starting a server with data of its own …", markup=False, highlight=False)
    outcome: Outcome | None = None
    with own_server(keep=keep) as running:
        for number, (first, second) in enumerate(pairs, 1):
            outcome = live(console, running, number, first, second)
    if keep:
        console.print(_KEPT.format(**asdict(running)), markup=False, highlight=False, soft_wrap=True)
    if outcome:
        typer.echo(outcome.lines())


def _check_readable(path: Path) -> None:
    """Now rather than when a server has been started for it."""
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.", Code.WRONG_USAGE) from error


def _examples() -> Iterator[tuple[Path, Path]]:
    """The documents that are there."""
    if not _HELPDESK.is_dir():
        raise Failure("The examples are not here: name two documents with --v1 and --v2.")
    yield _HELPDESK / "v1.yaml", _HELPDESK / "v2.yaml"
    stripe = sorted(_STRIPE.glob("stripe-openapi-*.json.gz"))
    if len(stripe) == 2:
        yield stripe[0], stripe[1]
