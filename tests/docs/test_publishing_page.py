"""docs/publishing.md: its calls come out as it says, and its table has each difference with its level."""

import ast
import inspect
import re

import pytest

from graft.versions import changes
from tests.docs.doc_examples import DOCS, hold
from tests.support.world import World
from tests.versions.test_changes import TABLE

pytestmark = pytest.mark.slow

PAGE = (DOCS / "publishing.md").read_text("utf-8")


async def test_each_example_of_the_page_comes_out(world: World):
    acme, globex = await world.workspace("acme"), await world.workspace("globex")
    callers = {"acme token": acme, "globex token": globex}
    await hold("publishing.md", callers, {"acme": acme.workspace_id, "globex": globex.workspace_id})


def test_the_table_has_each_difference_with_its_level():
    rows = {(level, change) for level, change in re.findall(r"^\| (m\w+|patch) \| `([a-z-]+)` \|", PAGE, re.MULTILINE)}
    met = {(step, change) for _, _, expected in TABLE.values() for step, change, _, _ in expected}
    assert rows == met


def test_each_difference_that_the_program_knows_is_met_by_a_test():
    texts = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(changes)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    known = {text for text in texts if re.fullmatch(r"[a-z]+(-[a-z]+)+", text)} - {"line-dropped"}
    met = {change for _, _, expected in TABLE.values() for _, change, _, _ in expected}
    assert known == met
