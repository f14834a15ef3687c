"""`graft demo`: the whole life of an integration on real documents, checked against a plain comparison of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graft.cli import signals
from graft.cli.demo.documents import HEADER
from graft.cli.demo.scenario import Outcome, live
from graft.cli.demo.server import own_server
from graft.cli.failure import Failure

_ROOT = Path(__file__).resolve().parents[4]
_HELPDESK = _ROOT / "examples" / "helpdesk"
_STRIPE = _ROOT.parent / "shared" / "data"
_EXPLANATION = f"""\
Each document gets, in memory, `${{variables.apiBase}}` in place of its servers,
and for every operation a header parameter {HEADER}
with the value `${{variables.accountId}}`. So the definition of every operation
uses both variables of the integration.
"""


def demo(
    v1: Annotated[
        Path | None, typer.Option(help="The first of two versions of a document, in place of the examples.")
    ] = None,
    v2: Annotated[Path | None, typer.Option(help="The second one.")] = None,
) -> None:
    """Import, publish, install, edit, upgrade two versions of real API documents, and check what comes out."""
    signals.interrupt_when_told_to_end()
    if (v1 is None) != (v2 is None):
        raise typer.BadParameter("--v1 and --v2 go together.")
    pairs = [(v1, v2)] if v1 and v2 else list(_examples())
    console = Console()
    console.print(_EXPLANATION, markup=False, highlight=False)
    console.print("Starting a server with data of its own …", markup=False, highlight=False)
    outcome: Outcome | None = None
    with own_server() as running:
        for number, (first, second) in enumerate(pairs, 1):
            outcome = live(console, running, number, first, second)
    if outcome:
        typer.echo(outcome.line())


def _examples() -> Iterator[tuple[Path, Path]]:
    """The documents that are there."""
    if not _HELPDESK.is_dir():
        raise Failure("The examples are not here: name two documents with --v1 and --v2.")
    yield _HELPDESK / "v1.yaml", _HELPDESK / "v2.yaml"
    stripe = sorted(_STRIPE.glob("stripe-openapi-*.json.gz"))
    if len(stripe) == 2:
        yield stripe[0], stripe[1]
