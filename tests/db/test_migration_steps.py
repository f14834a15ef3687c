"""Migrations, as they are written: steps that a cluster can take, and that the release before can be served through."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pglast
import pytest
from pglast import ast
from pglast.enums.parsenodes import AlterTableType, ConstrType, ObjectType
from pglast.visitors import Visitor

from graft.db.migrate import migrations, statements

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
        def visit(self, ancestors: Any, node: ast.Node) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
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


# Of before there was a release to be served meanwhile, or one that reads and writes nothing of what it takes away: why.
EXCUSED = {
    "0002_lists.sql": "Before the first release.",
    "0004_members.sql": "Before the first release.",
    "0011_states.sql": "Before the first release.",
}


def relation(node: Any) -> str:
    return node.relname


def unserved_steps(text: str) -> list[str]:
    """What in a migration would stop, or fail, processes of the release before it that serve meanwhile."""
    found: list[str] = []
    parsed = [raw.stmt for raw in pglast.parse_sql(text)]
    new = {relation(stmt.relation) for stmt in parsed if isinstance(stmt, ast.CreateStmt)}
    for stmt in parsed:
        if isinstance(stmt, ast.IndexStmt) and not stmt.concurrent and relation(stmt.relation) not in new:
            found.append("an index of a table with rows: a file .concurrently.sql")
        if isinstance(stmt, ast.RenameStmt):
            found.append("a name that is read by the release before")
        if isinstance(stmt, ast.DropStmt) and stmt.removeType != ObjectType.OBJECT_INDEX:
            found.append("something taken away that the release before may use")
        if isinstance(stmt, ast.AlterTableStmt) and relation(stmt.relation) not in new:
            for command in stmt.cmds or ():
                found.extend(unserved(command))
    return found


def unserved(command: Any) -> Iterator[str]:
    if command.subtype == AlterTableType.AT_DropColumn:
        yield "a column taken away that the release before may use"
    if command.subtype == AlterTableType.AT_AlterColumnType:
        yield "another type: a table written anew"
    if command.subtype == AlterTableType.AT_SetNotNull:
        yield "a column that the release before may leave out"
    if command.subtype == AlterTableType.AT_AddConstraint:
        checked = {ConstrType.CONSTR_CHECK, ConstrType.CONSTR_FOREIGN}
        if command.def_.contype in checked and not command.def_.skip_validation:
            yield "a constraint compared with all rows while writers wait: not valid, validated in the next file"
        if command.def_.contype not in checked:
            yield "an index of a table with rows: a file .concurrently.sql"
    if command.subtype == AlterTableType.AT_AddColumn:
        kinds = {constraint.contype for constraint in command.def_.constraints or ()}
        if ConstrType.CONSTR_NOTNULL in kinds and ConstrType.CONSTR_DEFAULT not in kinds:
            yield "a column that the release before leaves out"


def test_migrations_take_only_steps_that_the_release_before_can_be_served_through():
    found = {name: unserved_steps(text) for name, text in migrations()[1:]}
    assert {name: wrong for name, wrong in found.items() if wrong and name not in EXCUSED} == {}
    assert {name for name in EXCUSED if not found[name]} == set()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("create index a on t (b)", True),
        ("create index concurrently if not exists a on t (b)", False),
        ("create table t (b int); create index a on t (b)", False),
        ("alter table t rename column a to b", True),
        ("alter table t drop column a", True),
        ("drop table t", True),
        ("drop index a", False),
        ("alter table t alter column a type bigint", True),
        ("alter table t alter column a set not null", True),
        ("alter table t add column a int not null", True),
        ("alter table t add column a int not null default 0", False),
        ("alter table t add column a int", False),
        ("alter table t add constraint a check (b > 0)", True),
        ("alter table t add constraint a check (b > 0) not valid", False),
        ("alter table t validate constraint a", False),
        ("alter table t add constraint a foreign key (b) references u (id)", True),
        ("alter table t add constraint a unique (b)", True),
    ],
)
def test_a_step_that_the_release_before_cannot_be_served_through_is_found(text: str, wrong: bool):
    assert bool(unserved_steps(text)) is wrong


def can_be_run_again(stmt: Any) -> bool:
    if isinstance(stmt, ast.IndexStmt):
        return bool(stmt.concurrent and stmt.if_not_exists)
    if isinstance(stmt, ast.DropStmt) and stmt.removeType == ObjectType.OBJECT_INDEX:
        return bool(stmt.concurrent and stmt.missing_ok)
    return False


def wrong_outside(text: str) -> list[str]:
    """What in a file that is run outside of a transaction could not be run twice, or would not be split rightly."""
    parsed = [raw.stmt for raw in pglast.parse_sql(text)]
    wrong = [type(stmt).__name__ for stmt in parsed if not can_be_run_again(stmt)]
    return wrong if len(statements(text)) == len(parsed) else [*wrong, "a semicolon inside a statement"]


def test_what_is_run_outside_of_a_transaction_builds_and_drops_indexes_and_can_be_run_again():
    found = {name: wrong_outside(text) for name, text in migrations() if name.endswith(".concurrently.sql")}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("create index concurrently if not exists a on t (b); drop index concurrently if exists c;", []),
        ("-- why; and how\ncreate index concurrently if not exists a on t (b) where c = ';'", ["a semicolon inside a statement"]),
        ("create index concurrently a on t (b)", ["IndexStmt"]),
        ("create index if not exists a on t (b)", ["IndexStmt"]),
        ("drop index concurrently a", ["DropStmt"]),
        ("alter table t add column a int", ["AlterTableStmt"]),
    ],
)  # fmt: skip
def test_what_could_not_be_run_outside_of_a_transaction_is_found(text: str, wrong: list[str]):
    assert wrong_outside(text) == wrong
