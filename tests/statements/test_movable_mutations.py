"""Statements of Graft without the condition that names the workspace: the checker must miss it."""

import re
from dataclasses import dataclass

import pytest

from graft.entities.queries import _NAMED
from graft.installs.ends import _FREE_KEPT
from graft.installs.queries import _CLONES
from graft.integrations.queries import _READ
from graft.upgrades.apply import _REBASE
from tests.statements.fan_outs import FAN_OUTS
from tests.statements.rules import violations

STATEMENTS = {
    "entities by id": _NAMED,
    "rebase": _REBASE,
    "clones of an install": _CLONES,
    "kept clones": _FREE_KEPT,
    "integration": _READ,
}
# Each with the words before it, so that what is left is a statement again.
NAMED = re.compile(r"(?P<word>\bwhere|\band)\s+\(?\w+\.?workspace_id\s=\s(?:any\(\$\d\)|\$\d|\w+\.workspace_id)")


@dataclass(frozen=True, slots=True)
class Mutation:
    name: str
    text: str


def _mutations() -> list[Mutation]:
    """Every statement, once for each place where it names a workspace."""
    found: list[Mutation] = []
    for name, statement in STATEMENTS.items():
        for number, match in enumerate(NAMED.finditer(statement)):
            opened = "(" if "(" in match[0].split("workspace_id")[0] else ""
            text = f"{statement[: match.start()]}{match['word']} {opened}true{statement[match.end() :]}"
            found.append(Mutation(f"{name} {number}", text))
    return found


@pytest.mark.parametrize("name", STATEMENTS)
def test_as_they_are_they_pass(name: str):
    assert violations(STATEMENTS[name]) == ()


@pytest.mark.parametrize("mutation", _mutations(), ids=lambda mutation: mutation.name)
def test_without_a_workspace_one_does_not_pass(mutation: Mutation):
    assert violations(mutation.text) != ()


def test_every_statement_was_tried():
    assert {mutation.name.rsplit(" ", 1)[0] for mutation in _mutations()} == set(STATEMENTS)


def test_every_fan_out_has_a_name_of_its_own_and_a_reason():
    assert len({fan_out.name for fan_out in FAN_OUTS}) == len(FAN_OUTS)
    assert all(fan_out.reason.endswith(".") and (fan_out.condition or fan_out.text) for fan_out in FAN_OUTS)
