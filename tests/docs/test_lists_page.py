"""docs/lists.md: each example comes out as it says, and its tables are those of the lists that there are."""

import re
from typing import Any

import pytest

from graft.app import ENDPOINTS
from graft.listing.scalars import BOOL, JSON, TEXT, TIMESTAMP, Scalar, enumeration, identifier
from graft.web.lists import ListEndpoint
from tests.docs.doc_examples import DOCS, examples, hold
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

TEXT_OF_PAGE = (DOCS / "lists.md").read_text("utf-8")
LISTS = {call.path: call for call in ENDPOINTS if call.list_resource is not None}
# the parameters that /api/entities/{id}/versions fixes itself are no parameters of a request
SCALARS = {
    "text": TEXT,
    "timestamp": TIMESTAMP,
    "id": identifier(lambda _text: None),
    "enum": enumeration("a"),
    "bool": BOOL,
    "json": JSON,
}


async def _scene(world: World) -> tuple[dict[str, Any], dict[str, str]]:
    """Two workspaces: acme drafts and publishes, globex installs."""
    acme, globex = await world.workspace("acme"), await world.workspace("globex")
    function = await entity(acme, "function", "list-tickets", {"text": "one"})
    manifest = {"members": [manifest_member(function, required=True, forkOnInstall=True)]}
    helpdesk = await integration(acme, "helpdesk", description="Tickets and users.", manifest=manifest)
    billing = await integration(acme, "billing", description="Invoices.")
    notes = await integration(acme, "notes")
    old = await integration(acme, "old")
    for version in ("1.0.0", "1.10.0", "1.2.0", "2.0.0-rc.1"):
        await published(acme, helpdesk["id"], version)
    await published(acme, billing["id"], "1.9.0")
    for made in (helpdesk, billing):
        await unlisted(acme, made["id"])
    assert (await acme.delete(f"/api/integrations/{old['id']}")).status == 200
    install = await installed(globex, helpdesk["id"])
    await installed(globex, billing["id"])
    ids = {"helpdesk": helpdesk, "billing": billing, "notes": notes, "old": old, "install": install}
    scene = {name: made["id"] for name, made in ids.items()}
    scene |= {"acme": acme.workspace_id, "globex": globex.workspace_id}
    return {"acme token": acme, "globex token": globex}, scene


async def test_each_example_of_the_page_comes_out(world: World):
    callers, scene = await _scene(world)
    await hold("lists.md", callers, scene)


def test_the_page_has_examples_of_each_part_of_a_request():
    used = {name for example in examples("lists.md") for name, _ in example.query}
    assert {"limit", "after", "before", "ids", "filter", "orderBy", "include_deleted"} <= used


def _rows(heading: str) -> list[list[str]]:
    section = TEXT_OF_PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [re.split(r" \| ", row.strip("| ")) for row in section.splitlines() if row.startswith("| ")][1:]


def _words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("name", SCALARS)
def test_the_operators_of_each_type_are_those_that_it_takes(name: str):
    [operators] = [
        _words(row[1]) for row in _rows("Operators by type") if row[0].startswith(f"{name} ") or row[0] == name
    ]
    assert set(operators) == SCALARS[name].operators


def test_each_list_has_its_row_with_relations_shorthands_and_parameters_of_its_own():
    rows = {_words(row[0])[0]: row for row in _rows("Every list")}
    assert rows.keys() == LISTS.keys()
    for path, call in LISTS.items():
        shown, resource = rows[path], call.list_resource
        own = set(call.operation.options if isinstance(call.operation, ListEndpoint) else call.list_options or ())
        assert set(_words(shown[1])) == set(resource.relations), path
        assert set(_words(shown[2])) == set(resource.shorthands), path
        assert set(_words(shown[3])) == own, path


def test_the_types_named_are_those_of_the_fields():
    def kind(scalar: Scalar) -> str:
        return {"decimal": "number", "float": "number", "int": "number"}.get(scalar.name, scalar.name)

    found = {kind(field.scalar) for call in LISTS.values() for field in call.list_resource.fields.values()}
    assert found <= SCALARS.keys()
