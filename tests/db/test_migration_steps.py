"""Migrations, as they are written: only steps that a distributed PostgreSQL can take as well."""

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


def wrong_steps(text: str) -> list[str]:
    """What in a migration could not be done on a cluster."""
    found: list[str] = []

    class Look(Visitor):
        def visit_AlterTableStmt(self, _ancestors: Any, node: ast.AlterTableStmt) -> None:
            kinds = [command.subtype for command in node.cmds]
            if AlterTableType.AT_AddConstraint in kinds and len(kinds) > 1:
                found.append("ADD CONSTRAINT beside another step")
            if {AlterTableType.AT_SetStorage, AlterTableType.AT_ClusterOn} & set(kinds):
                found.append("SET STORAGE or CLUSTER")
            for command in node.cmds:
                if command.subtype == AlterTableType.AT_AddColumn:
                    self.added(command.def_)
                if command.subtype == AlterTableType.AT_AddConstraint and command.def_.conname is None:
                    found.append("a constraint without a name")

        def added(self, column: ast.ColumnDef) -> None:
            if any(constraint.contype not in PLAIN for constraint in column.constraints or ()):
                found.append("ADD COLUMN with a constraint")
            if "serial" in column.typeName.names[-1].sval:
                found.append("ADD COLUMN with a sequence")

        def visit_RuleStmt(self, _ancestors: Any, _node: ast.RuleStmt) -> None:
            found.append("CREATE RULE")

        def visit_ClusterStmt(self, _ancestors: Any, _node: Any) -> None:
            found.append("CLUSTER")

        def visit_Constraint(self, ancestors: Any, node: ast.Constraint) -> None:
            if node.contype == ConstrType.CONSTR_IDENTITY:
                found.append("an identity column")

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
