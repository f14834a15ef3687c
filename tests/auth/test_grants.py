"""The SQL of grants has one home, whose texts the slices compose their statements of."""

import re
from pathlib import Path
from typing import Any

import pytest

import graft
from graft.auth.caller import Tier
from graft.auth.grants import OWNER_LIVES, grants_to

HOME = Path(graft.__file__).parent
# A select that decides by grants names them `p`; the purge of expired rows alone deletes any row of its tables.
SPELLED = re.compile(r"from\s+permissions\s+p\b|delete\s+from\s+permissions\b")
USED = re.compile(r"\b(grants_to|delete_grants)\(")


def _modules(pattern: re.Pattern[str]) -> set[str]:
    return {str(path.relative_to(HOME)) for path in HOME.rglob("*.py") if pattern.search(path.read_text())}


def test_no_other_module_spells_whom_a_grant_names_or_how_grants_end():
    assert _modules(SPELLED) == {"auth/grants.py"}
    slices = {Path(module).parts[0] for module in _modules(USED)}
    assert {"entities", "installs", "integrations", "permissions", "versions"} <= slices


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, ""),
        ({"of": "= $1"}, "p.object_id = $1"),
        ({"everybody": True}, "(p.subject_id is null or p.subject_id = any($2::uuid[]))"),
        ({"tier": Tier.EDITOR}, "p.tier in ('editor', 'admin')"),
        ({"tier": Tier.ADMIN}, "p.tier = 'admin'"),
        ({"owner_lives": True}, OWNER_LIVES),
    ],
)
def test_a_grant_that_has_ended_or_names_others_never_counts(options: dict[str, Any], told: str):
    conditions = grants_to("$2", **options).partition(" where ")[2]
    assert told in conditions
    assert "p.deleted_at is null and" in conditions
    assert "p.subject_id = any($2::uuid[])" in conditions
    assert ("p.subject_id is null" in conditions) is options.get("everybody", False)
