"""`python -m demo`, which `make demo` runs: it fails as the commands of `graft` do."""

import sys

import typer

from demo.run import demo
from graft.cli.commands import CONTEXT, invoke

if __name__ == "__main__":
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT)
    alone.command()(demo)
    sys.exit(invoke(typer.main.get_command(alone), sys.argv[1:], "python -m demo"))
