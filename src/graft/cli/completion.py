"""`graft completion`: the script that lets a shell complete commands and options."""

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # pyright: ignore[reportPrivateImportUsage]


class _Shell(StrEnum):
    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(shell: Annotated[_Shell, typer.Argument(help="Whose script.")]) -> None:
    """Print the completion script of a shell. For bash: `source <(graft completion bash)`, for example in ~/.bashrc."""
    typer.echo(get_completion_script(prog_name="graft", complete_var="_GRAFT_COMPLETE", shell=shell))
