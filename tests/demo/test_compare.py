"""The comparison that the demonstration trusts, on documents small enough to see what is right."""

import copy
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from demo import verify
from demo.compare import Place, compare
from demo.documents import HEADER, read, with_variables
from demo.meaning import meaning_of
from demo.verify import Entity, Lists, Member
from graft.cli.failure import Failure
from graft.openapi_import.drafts import drafts_of
from graft.openapi_import.extract import extract
from graft.openapi_import.match import Existing, OperationKey, SchemaKey
from graft.openapi_import.plan import plan

EXAMPLES = Path(__file__).parents[2] / "examples" / "helpdesk"
STRIPE = sorted((Path(__file__).parents[3] / "shared" / "data").glob("stripe-openapi-*.json.gz"))


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def returning(reference: Any, **more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": reference}}}}, **more}


def pets(version: str = "3.1.0") -> dict[str, Any]:
    """GET /pets names Pets → Pet ↔ Owner, PUT /pet/{id} names Pet; nothing names Unused."""
    return {
        "openapi": version,
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://example.com"}],
        "paths": {
            "/pets": {"get": returning(schema("Pets"), operationId="listPets")},
            "/pet/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "put": returning(schema("Pet"), operationId="putPet"),
            },
        },
        "components": {
            "parameters": {"id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
            "schemas": {
                "Pets": {"type": "array", "items": schema("Pet")},
                "Pet": {"properties": {"owner": schema("Owner"), "$ref": {"type": "string"}}},
                "Owner": {"properties": {"pets": {"items": schema("Pet")}}, "example": schema("Unused")},
                "Unused": {"type": "string"},
            },
        },
    }


LIST, PUT = Place("GET", "/pets"), Place("PUT", "/pet/{id}")


def difference(old, new):
    return compare(meaning_of(old), meaning_of(new))


def changed(edit, old=None):
    """The difference that an edit of the document makes."""
    old = old or pets()
    new = copy.deepcopy(old)
    edit(new)
    return difference(old, new)


def test_the_closure_is_what_operations_reach_and_an_example_names_nothing():
    assert meaning_of(pets()).closure() == {"Pets", "Pet", "Owner"}


def test_a_document_does_not_differ_from_itself_in_another_order():
    def reversed_keys(value):
        if isinstance(value, dict):
            return {key: reversed_keys(value[key]) for key in reversed(value)}
        return [reversed_keys(item) for item in value] if isinstance(value, list) else value

    found = difference(pets(), reversed_keys(pets()))
    assert found[:3] == (frozenset(), frozenset(), frozenset())
    assert found.pairs == {LIST: LIST, PUT: PUT}


def test_a_change_of_a_shared_parameter_changes_the_operations_below_its_path():
    found = changed(lambda new: new["components"]["parameters"]["id"].update(description="Its number."))
    assert found.changed == {PUT}


def test_a_change_of_the_servers_changes_every_operation_without_its_own():
    old = pets()
    old["paths"]["/pets"]["servers"] = [{"url": "https://other.example.com"}]
    assert changed(lambda new: new["servers"].append({"url": "/"}), old).changed == {PUT}


def test_a_change_of_a_schema_is_its_own_and_not_that_of_what_names_it():
    found = changed(lambda new: new["components"]["schemas"]["Pet"].update(description="An animal."))
    assert found.changed == {"Pet"}


def test_a_schema_that_nothing_names_does_not_count():
    assert not changed(lambda new: new["components"]["schemas"]["Unused"].update(type="integer")).changed
    found = changed(lambda new: new["components"]["schemas"].update(Other={}))
    assert not found.added


def test_what_stands_beside_a_reference_counts_in_3_1_and_not_in_3_0():
    def describe(new):
        new["components"]["schemas"]["Pets"]["items"]["description"] = "One of them."

    assert changed(describe).changed == {"Pets"}
    assert not changed(describe, pets("3.0.3")).changed


def test_a_schema_that_is_no_longer_reached_is_removed_and_a_new_one_is_added():
    def split(new):
        new["components"]["schemas"]["Pets"]["items"] = schema("Summary")
        new["components"]["schemas"]["Summary"] = {}
        del new["paths"]["/pet/{id}"]

    found = changed(split)
    assert found.added == {"Summary"}
    assert found.removed == {PUT, "Pet", "Owner"}
    assert found.changed == {"Pets"}


def test_a_discriminator_names_schemas_by_name_and_by_reference():
    old = pets()
    old["components"]["schemas"]["Pet"]["discriminator"] = {
        "propertyName": "kind",
        "mapping": {"a": "Unused", "b": "#/components/schemas/Owner", "c": "https://example.com/x"},
    }
    assert meaning_of(old).schemas["Pet"].schemas == {"Owner", "Unused"}


def test_an_operation_is_found_again_where_it_moved_and_where_it_was_renamed():
    def move(new):
        new["paths"]["/animals"] = new["paths"].pop("/pets")
        new["paths"]["/pet/{petId}"] = new["paths"].pop("/pet/{id}")
        new["paths"]["/pet/{petId}"]["put"]["operationId"] = "replacePet"

    found = changed(move)
    assert found.pairs == {LIST: Place("GET", "/animals"), PUT: Place("PUT", "/pet/{petId}")}
    assert found.changed == {LIST, PUT}
    assert not found.added
    assert not found.removed


def test_operations_of_one_operation_id_are_told_apart_by_their_place():
    old = pets()
    old["paths"]["/pet/{id}"]["put"]["operationId"] = "listPets"
    assert changed(lambda new: new["paths"]["/pets"]["get"].update(summary="All."), old).changed == {LIST}


def test_an_operation_of_a_referenced_path_item_is_one_of_the_path():
    old = pets()
    old["components"]["pathItems"] = {"pet": old["paths"]["/pet/{id}"]}
    old["paths"]["/pet/{id}"] = {"$ref": "#/components/pathItems/pet"}
    found = changed(lambda new: new["components"]["pathItems"]["pet"]["put"].update(summary="It."), old)
    assert found.changed == {PUT}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(EXAMPLES / "v1.yaml", EXAMPLES / "v2.yaml", id="helpdesk"),
        pytest.param(
            *(STRIPE if len(STRIPE) == 2 else (None, None)),
            id="stripe",
            marks=pytest.mark.skipif(len(STRIPE) != 2, reason="the Stripe documents are not in ../shared/data"),
        ),
    ],
)
def test_it_agrees_with_the_importer_on_real_documents(first, second):
    """Written apart from it, and yet of one opinion: so a fault of either shows."""
    first, second = with_variables(read(first)), with_variables(read(second))
    stored = [
        Existing(write.id, write.slug, write.name, write.description, write.definition, write.key)
        for write in plan(list(drafts_of(extract(first)))).present
    ]
    imported = plan(list(drafts_of(extract(second))), stored)
    found = difference(first, second)
    reached = meaning_of(first).closure() & meaning_of(second).closure()

    def places(writes):
        return {Place(write.key.method, write.key.path) for write in writes if isinstance(write.key, OperationKey)}

    def schemas(writes):
        return {write.key.component for write in writes if isinstance(write.key, SchemaKey)}

    assert {found.pairs[thing] for thing in found.changed if isinstance(thing, Place)} == places(imported.changed)
    assert {thing for thing in found.changed if isinstance(thing, str)} == schemas(imported.changed) & reached
    assert {thing for thing in found.added if isinstance(thing, Place)} == places(imported.added)
    assert {thing for thing in found.removed if isinstance(thing, Place)} == places(imported.gone)


def test_both_versions_of_the_example_differ_as_its_author_says():
    found = difference(with_variables(read(EXAMPLES / "v1.yaml")), with_variables(read(EXAMPLES / "v2.yaml")))
    places = [{thing for thing in things if isinstance(thing, Place)} for things in found[:3]]
    assert [len(things) for things in places] == [3, 1, 4]


# ------------------------------------------------------------------------------------------------------ documents


def test_yaml_is_read_as_the_json_that_it_would_be(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "200: 2024-01-01\nyes: 090\nsize: 1.0\nbig: 9007199254740993\nnone:\nflag: true\nlist: [1, ~, '2']\n"
    )
    assert read(tmp_path / "a.yaml") == {
        "200": "2024-01-01",
        "yes": "090",
        "size": Decimal("1.0"),
        "big": 9007199254740993,
        "none": None,
        "flag": True,
        "list": [1, None, "2"],
    }


def test_gzipped_json_is_read(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b'{"a": 1.50}'))
    assert str(read(tmp_path / "a.gz")["a"]) == "1.50"


@pytest.mark.parametrize("text", [b"\xff", b"a: [", b"\x1f\x8b\x08"])
def test_what_cannot_be_read_is_a_failure(tmp_path, text):
    (tmp_path / "a").write_bytes(text)
    with pytest.raises(Failure, match="cannot be read"):
        read(tmp_path / "a")
    with pytest.raises(Failure, match="cannot be read"):
        read(tmp_path / "absent")


def test_every_operation_uses_both_variables_and_no_other_server():
    old = pets()
    old["paths"]["/pets"]["servers"] = old["paths"]["/pets"]["get"]["servers"] = [{"url": "/own"}]
    before = copy.deepcopy(old)
    for said in meaning_of(with_variables(old)).operations.values():
        text = said.text.decode()
        assert '"servers":[{"url":"${variables.apiBase}"}]' in text
        assert "${variables.accountId}" in text
        assert HEADER in text
        assert "/own" not in text
    assert old == before


# -------------------------------------------------------------------------------------------------------- verdict

OLD_SLUGS = {LIST: "list", PUT: "put", "Pets": "schema:pets", "Pet": "schema:pet", "Owner": "schema:owner"}


def without_owner(new):
    """Pet names Owner no more, listPets and Pets change."""
    del new["components"]["schemas"]["Pet"]["properties"]["owner"]
    new["components"]["schemas"]["Pets"]["description"] = "All."
    new["paths"]["/pets"]["get"]["summary"] = "All of them."


def prediction(edited):
    old = pets()
    new_slugs = {thing: slug for thing, slug in OLD_SLUGS.items() if thing != "Owner"}
    return verify.predicted(changed(without_owner, old), meaning_of(old), OLD_SLUGS, new_slugs, edited)


def test_the_lists_follow_from_the_documents():
    assert prediction([]) == Lists(
        updated=frozenset({"list", "schema:pets", "schema:pet"}),
        added=frozenset(),
        removed=frozenset({"schema:owner"}),
        skipped=frozenset(),
    )


def test_what_was_edited_is_skipped_with_all_that_it_names_and_that_went():
    lists = prediction([LIST, "Pet"])
    assert lists.skipped == {"list", "schema:pet", "schema:owner"}
    assert lists.updated == {"schema:pets"}
    assert not lists.removed


def test_an_edit_of_what_does_not_change_is_in_no_list():
    assert not prediction([PUT]).skipped


def test_lists_that_are_not_what_the_documents_say_are_told():
    right = prediction([])
    assert not list(verify.list_problems(right, right))
    wrong = right._replace(updated=frozenset({"list", "put"}))
    told = "\n".join(verify.list_problems(right, wrong))
    assert "updated has put" in told
    assert "updated lacks schema:pet, schema:pets" in told


def test_an_operation_that_became_another_member_is_told():
    found = difference(pets(), pets())
    assert not list(verify.slug_problems(found, OLD_SLUGS, OLD_SLUGS))
    assert list(verify.slug_problems(found, OLD_SLUGS, {**OLD_SLUGS, PUT: "put-2"}))


def member(slug, **more):
    made: dict[str, Any] = {
        "entity_id": f"fun_{slug}",
        "kind": "function",
        "name": slug,
        "detached": False,
        "edited": False,
        "is_clone": True,
    }
    return Member(source_member_slug=slug, deleted_at=None, **made | more)


def test_members_that_are_missing_or_no_clones_are_told():
    assert not list(verify.member_problems({"a"}, [member("a")]))
    assert list(verify.member_problems({"a", "b"}, [member("a")]))
    assert list(verify.member_problems({"a"}, [member("a", is_clone=False)]))


FUN, SCH = "fun_01h455vb4pex5vsknk084sn02q", "sch_01h455vb4pex5vsknk084sn02r"
FILLED = '"https://api.example.com/v1","acct-4711"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'["{SCH}",{FILLED}]', None),
        (f'["{SCH[:-1]}s",{FILLED}]', "not in its workspace"),
        (f'["${{variables.apiBase}}",{FILLED}]', "placeholder"),
        ('["acct-4711"]', "lacks the value"),
    ],
)
def test_a_clone_that_names_an_outsider_or_is_not_filled_in_is_told(text, told):
    clones = [
        Entity(id=FUN, workspace_id="wsp_a", kind="function", slug="f", name="f", definition=Raw(text.encode())),
        Entity(id=SCH, workspace_id="wsp_a", kind="schema", slug="s", name="s", definition=Raw(b"{}")),
    ]
    problems = list(verify.clone_problems(clones, "wsp_a"))
    assert [told in problem for problem in problems] == ([True] if told else [])


def test_a_reference_to_an_entity_of_another_workspace_is_told():
    clones = [
        Entity(
            id=FUN,
            workspace_id="wsp_a",
            kind="function",
            slug="f",
            name="f",
            definition=Raw(f'["{SCH}",{FILLED}]'.encode()),
        ),
        Entity(id=SCH, workspace_id="wsp_b", kind="schema", slug="s", name="s", definition=Raw(b"{}")),
    ]
    assert list(verify.clone_problems(clones, "wsp_a"))
