"""`graft distribute`: print the SQL that moves an installation to a Citus cluster, or back, for psql to run."""

from importlib import resources
from typing import Annotated

import typer

from graft.db.distribute import back, move, read_schema


def distribute(
    *,
    return_: Annotated[bool, typer.Option("--back", help="From the cluster to its coordinator alone.")] = False,
) -> None:
    """Print the SQL that moves Graft to a Citus cluster, for psql; nothing is changed here."""
    schema = read_schema((resources.files("graft.db") / "schema.sql").read_text("utf-8"))
    typer.echo(back(schema) if return_ else move(schema), nl=False)
