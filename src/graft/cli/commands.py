"""The table of commands. Each is a function in a module of its own, which is loaded only when that command runs.

To load all of them takes half a second, and `graft --version` needs neither an HTTP server nor a database driver.
"""

import errno
import os
import sys
from importlib import import_module, metadata
from typing import Annotated, Any

import typer
from typer.completion import completion_init  # pyright: ignore[reportPrivateImportUsage]
from typer.core import TyperGroup

from graft.cli.failure import Code

PROGRAM = "graft"
# The scripts of `graft completion` set this variable.
_COMPLETES = "_GRAFT_COMPLETE"
# Name → where the function is, and the sentence for the list of commands.
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("graft.cli.serve:serve", "Serve the API; migrates the database first."),
    "migrate": ("graft.cli.migrate:migrate", "Bring the database to this program's schema."),
    "bootstrap": ("graft.cli.bootstrap:bootstrap", "Make the first administrator, a workspace, their tokens."),
    "token": ("graft.cli.token:token", "Make a new token of an administrator."),
    "import": ("graft.cli.import_document:import_document", "Make entities of an OpenAPI document."),
    "plan": ("graft.cli.upgrades.plan:plan", "Show what an upgrade would do; decide its conflicts."),
    "apply": ("graft.cli.upgrades.apply:apply", "Do exactly what a plan says."),
    "undo": ("graft.cli.upgrades.undo:undo", "Bring an install back to what it was before."),
    "history": ("graft.cli.upgrades.history:history", "Tell what happened to an install, and why."),
    "diff": ("graft.cli.upgrades.diff:diff", "Show how two versions of an integration differ."),
    "doctor": ("graft.cli.doctor:doctor", "Say what the installation lacks, and what to do."),
    "purge-expired": ("graft.cli.purge_expired:purge_expired", "Remove for ever what was deleted long ago."),
    "distribute": ("graft.cli.distribute:distribute", "Print the SQL that moves Graft to a cluster."),
    "completion": ("graft.cli.completion:completion", "Print the completion script of a shell."),
}
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
# Whoever reads our output has gone away (`graft … | head`), or the disk is full.
_OUTPUT_LOST = {errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG}


class _Commands(TyperGroup):
    """The group of all commands, of which it knows names and sentences; it loads the one that runs."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _load(str(name)), rest


def run(arguments: list[str]) -> int:
    """Run a command line without its first word, print errors on stderr, and return the exit code."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        # a character that the terminal cannot show becomes `?`, instead of an error
        stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]

    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:2], "--help"]
    if not arguments:
        run(["--help"])
        return Code.WRONG_USAGE
    if _COMPLETES in os.environ:
        completion_init()
    return invoke(typer.main.get_command(_root()), arguments, PROGRAM)


def invoke(command: Any, arguments: list[str], program: str) -> int:
    """Run a command and return its exit code. `program` is what was typed before the arguments, for messages."""
    try:
        code = command.main(arguments, program, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except typer.TyperException as error:
        _print_error(_usage(error, program), program)
        return Code.WRONG_USAGE
    except typer.Abort:
        return Code.INTERRUPTED
    except Exception as error:
        # loaded here, as it loads half of Graft, which only a command that fails needs
        expected = import_module("graft.cli.format_error").format_error(error) or _lost_output(error)
        if expected is None:
            raise
        text, code = expected
        _print_error(text, program)
        return code
    return code if isinstance(code, int) else Code.DONE


def _root() -> typer.Typer:
    root = typer.Typer(
        cls=_Commands,
        help="A self-hosted marketplace for workspace integrations, on PostgreSQL.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=CONTEXT,
    )
    root.callback()(_options)
    for name, (_, sentence) in COMMANDS.items():
        root.command(name, help=sentence)(_not_loaded)
    return root


def _not_loaded() -> None:
    """Stands for each command in the list of commands. `_Commands` replaces it when the command runs."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {metadata.version(PROGRAM)}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """The options before a command."""


def _load(name: str) -> Any:
    """Load the module of a command and return the command, with the options that its function declares."""
    module, _, function = COMMANDS[name][0].partition(":")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT)
    alone.command(name)(getattr(import_module(module), function))
    return typer.main.get_command(alone)


def _usage(error: typer.TyperException, program: str) -> str:
    """The text of an error in the arguments: what is wrong, then where to read more."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else program
    # typer and the library that validates begin with words that say nothing
    text = error.format_message().replace("Value error, ", "").removeprefix("Invalid value: ")
    return f"{text}\nTry `{command} --help`."


def _lost_output(error: Exception) -> tuple[str, int] | None:
    """Text and exit code, if stdout could not be written."""
    if not (isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT_LOST):
        return None
    # at its end Python would try to write the rest of the buffer, and print a traceback
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return f"The output cannot be written: {error.strerror}.", Code.FAILED


def _print_error(text: str, program: str) -> None:
    print(f"{program.rsplit(maxsplit=1)[-1]}: {text}", file=sys.stderr)  # noqa: T201
