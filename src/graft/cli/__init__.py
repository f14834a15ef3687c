"""The `graft` command. Exit codes: 0 done, 1 failed, 2 wrong usage."""

import sys

import typer

from graft.cli.bootstrap import bootstrap
from graft.cli.demo import demo
from graft.cli.distribute import distribute
from graft.cli.doctor import doctor
from graft.cli.failure import EXPECTED, told
from graft.cli.import_document import import_document
from graft.cli.migrate import migrate
from graft.cli.purge_expired import purge_expired
from graft.cli.serve import serve

_command = typer.Typer(
    help="A self-hosted marketplace for workspace integrations, on PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _function in (
    ("serve", serve),
    ("migrate", migrate),
    ("bootstrap", bootstrap),
    ("import", import_document),
    ("purge-expired", purge_expired),
    ("doctor", doctor),
    ("distribute", distribute),
    ("demo", demo),
):
    _command.command(_name)(_function)


def main() -> None:
    """Run the command that the arguments name."""
    try:
        _command()
    except EXPECTED as error:
        print(told(error), file=sys.stderr)  # noqa: T201
        sys.exit(1)
