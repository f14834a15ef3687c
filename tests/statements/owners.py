"""Who may write a table and who may read it: its owner and its readers, and the few others, each with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pglast import ast
from pglast.enums import OnConflictAction

from graft.db.tables import TABLES, Table
from tests.statements.levels import changed_table, parse
from tests.statements.senders import LISTS

KNOWN: dict[str, Table] = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Writer:
    """A package that may do this to tables of others."""

    package: str
    reason: str
    tables: frozenset[str]
    verbs: frozenset[str]


def _writer(package: str, verbs: str, tables: str, reason: str) -> Writer:
    return Writer(package, reason, frozenset(tables.split()), frozenset(verbs.split()))


WRITERS = (
    _writer(
        "installs",
        "insert",
        "operations events",
        "They are written in the statement that writes the install: one round trip less for each.",
    ),
    _writer(
        "installs", "delete", "operations upgrade_plans", "They go with the install that they are of when it is purged."
    ),
    _writer(
        "installs",
        "insert update delete",
        "entities",
        "A clone is an entity that an install makes, moves and ends; all clones of one by one statement.",
    ),
    _writer(
        "upgrades",
        "insert",
        "operations events solutions variable_states",
        "They are written in the statement that moves the install: one round trip less for each.",
    ),
    _writer(
        "upgrades",
        "update",
        "installs install_members entities solutions",
        "An upgrade moves the rows of an install as its plan says, one statement a kind of change; what is put back are"
        " the rows as they were, of all tables that the operation wrote.",
    ),
    _writer(
        "definitions",
        "update",
        "entities install_members",
        "The text of an entity stands in its row; whether a clone was edited, detached or taken back, in its member's.",
    ),
    _writer(
        "definitions",
        "delete",
        "variable_states",
        "A state is free when no text, pinned row or install names it; who removed the last name asks.",
    ),
    _writer("imports", "update", "entities", "A document imported again changes thousands of rows by one statement."),
    _writer("imports", "update", "integrations", "It alone sets members aside, and reads them."),
    _writer("versions", "update", "integrations", "Publishing moves the current version, kept there for lists."),
    _writer(
        "workspaces", "update", "integrations", "They are deleted and come back with their workspace, at one moment."
    ),
    _writer("workspaces", "delete", "permissions", "The purge of what ended long ago goes over several tables alike."),
    _writer("auth", "delete", "permissions", "`delete_grants`: they end with objects of packages below their owner's."),
    _writer("auth", "update", "api_keys", "When each was used last is noted beside requests, for all at once."),
)


@dataclass(frozen=True, slots=True)
class Touched:
    """The tables that a statement reads, and what it does to those that it writes: (verb, table)."""

    read: frozenset[str]
    written: frozenset[tuple[str, str]]


def objections(
    sender: str | None,
    statement: str,
    tables: Mapping[str, Table] = KNOWN,
    writers: tuple[Writer, ...] = WRITERS,
) -> tuple[tuple[str, str], ...]:
    """(rule, detail) of what this sender may not ask. A test may ask what it likes."""
    if sender is None:
        return ()
    found = touched(statement)
    owned = {name for name, table in tables.items() if table.owner == sender}
    allowed = {
        (verb, name)
        for writer in writers
        if writer.package == sender
        for verb in writer.verbs
        for name in writer.tables
    }
    told = [
        ("not-owner", f"{sender}: {verb} of {name}, which is of {tables[name].owner}")
        for verb, name in sorted(found.written - allowed)
        if name in tables and name not in owned
    ]
    told += [
        ("undeclared-read", f"{sender} is no reader of {name} in db/tables.py")
        for name in sorted(found.read - owned)
        if sender != LISTS and name in tables and sender not in tables[name].readers
    ]
    return tuple(told)


@cache
def touched(statement: str) -> Touched:
    read: set[str] = set()
    written: set[tuple[str, str]] = set()
    for level in (level for outermost in parse(statement) for level in outermost.walk()):
        sources = [source.table for source in level.sources.values()]
        table = changed_table(level.node)
        match level.node:
            case ast.InsertStmt(onConflictClause=conflict):
                written.add(("insert", table))
                if conflict is not None and conflict.action == OnConflictAction.ONCONFLICT_UPDATE:
                    written.add(("update", table))
            case ast.UpdateStmt():
                written.add(("update", table))
                sources = sources[1:]
            case ast.DeleteStmt() | ast.MergeStmt():
                written.add(("delete", table))
                sources = sources[1:]
            case _:
                pass
        read.update(source for source in sources if source is not None)
    return Touched(frozenset(read), frozenset(written))
