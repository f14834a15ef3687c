"""Migrations, as they are written: only steps that a distributed PostgreSQL can take as well."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pglast
import pytest
from pglast import ast
from pglast.enums.parsenodes import AlterTableType, ConstrType
from pglast.visitors import Visitor

from graft.db.migrate import migrations

# What may stand beside a new column; everything else is a constraint, which needs a name and a statement of its own.
PLAIN = {
    ConstrType.CONSTR_NULL,
    ConstrType.CONSTR_NOTNULL,
    ConstrType.CONSTR_DEFAULT,
    ConstrType.CONSTR_GENERATED,
}


# pglast leaves the parts of a node untyped, or possibly absent.
def altered(statement: Any) -> Iterator[str]:
    kinds = {command.subtype for command in statement.cmds}
    if AlterTableType.AT_AddConstraint in kinds and len(statement.cmds) > 1:
        yield "ADD CONSTRAINT beside another step"
    if {AlterTableType.AT_SetStorage, AlterTableType.AT_ClusterOn} & kinds:
        yield "SET STORAGE or CLUSTER"
    for command in statement.cmds:
        if command.subtype == AlterTableType.AT_AddColumn:
            yield from added(command.def_)
        if command.subtype == AlterTableType.AT_AddConstraint and command.def_.conname is None:
            yield "a constraint without a name"


def added(column: Any) -> Iterator[str]:
    if any(constraint.contype not in PLAIN for constraint in column.constraints or ()):
        yield "ADD COLUMN with a constraint"
    if "serial" in column.typeName.names[-1].sval:
        yield "ADD COLUMN with a sequence"


def constrained(constraint: ast.Constraint) -> Iterator[str]:
    if constraint.contype == ConstrType.CONSTR_IDENTITY:
        yield "an identity column"


CHECKS: dict[type[ast.Node], Callable[[Any], Iterable[str]]] = {
    ast.AlterTableStmt: altered,
    ast.Constraint: constrained,
    ast.RuleStmt: lambda _: ["CREATE RULE"],
    ast.ClusterStmt: lambda _: ["CLUSTER"],
}


def wrong_steps(text: str) -> list[str]:
    """What in a migration could not be done on a cluster."""
    found: list[str] = []

    class Look(Visitor):
        def visit(self, ancestors: Any, node: ast.Node) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            check = CHECKS.get(type(node))
            found.extend(check(node) if check else ())

    Look()(pglast.parse_sql(text))
    return found


def test_migrations_take_only_steps_that_a_cluster_can_take():
    assert {name: wrong_steps(text) for name, text in migrations()} == {name: [] for name, _ in migrations()}


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("alter table t add column a int check (a > 0)", "ADD COLUMN with a constraint"),
        ("alter table t add column a bigserial", "ADD COLUMN with a sequence"),
        ("alter table t add column a int, add constraint b unique (c)", "ADD CONSTRAINT beside another step"),
        ("alter table t add unique (a)", "a constraint without a name"),
        ("alter table t alter column a set storage external", "SET STORAGE or CLUSTER"),
        ("create rule r as on insert to t do nothing", "CREATE RULE"),
        ("create table t (id int generated always as identity)", "an identity column"),
    ],
)
def test_a_step_that_a_cluster_cannot_take_is_found(statement: str, wrong: str):
    assert wrong in wrong_steps(statement)
