"""What an import writes, and that importing again writes nothing."""

import itertools
import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import ids, jsontext
from graft.errors import Invalid
from graft.openapi_import.drafts import drafts_of
from graft.openapi_import.extract import extract
from graft.openapi_import.match import OperationKey, SchemaKey
from graft.openapi_import.plan import ImportPlan, manifest_members, plan
from graft.openapi_import.read import read_document
from tests.openapi_import.documents import (
    EXAMPLES,
    again,
    answering,
    bind,
    definition,
    document,
    drafts,
    imported,
    named,
    ref,
    stored,
)

pytestmark = pytest.mark.slow


def counts(result: ImportPlan) -> dict[str, int]:
    return {name: len(writes) for name, writes in result._asdict().items() if writes}


def test_a_first_import_adds_everything_with_ids_in_the_references():
    value = document(
        {"/a": {"get": {"operationId": "getIt"} | answering(ref("B"))}}, {"B": {"items": ref("A")}, "A": {"title": "A"}}
    )
    numbers = itertools.count()
    result = plan(drafts(value), new_id=lambda: ids.encode(next(numbers).to_bytes(16, "big")))
    a, b, operation = result.added
    assert counts(result) == {"added": 3}
    assert [write.id[-1] for write in result.added] == ["0", "1", "2"]
    assert [(write.kind, write.slug, write.name) for write in result.added] == [
        ("schema", "a", "A"),
        ("schema", "b", "B"),
        ("function", "get-it", "getIt"),
    ]
    assert [write.key for write in result.added] == [SchemaKey("A"), SchemaKey("B"), OperationKey("getIt", "GET", "/a")]
    assert definition(b) == {"items": {"$ref": f"sch_{a.id}"}}
    assert definition(operation)["outputSchemaId"] == f"sch_{b.id}"
    assert definition(operation)["responses"] == answering({"$ref": f"sch_{b.id}"})["responses"]
    assert [write.references for write in result.added] == [(), (f"sch_{a.id}",), (f"sch_{b.id}",)]
    assert all(write.definition_changed for write in result.added)


def test_the_bytes_are_those_of_the_bound_tree():
    value = extract(read_document((EXAMPLES / "v1.yaml").read_bytes()))
    result = plan(list(drafts_of(value)))
    wire_ids = {write.key.component: f"sch_{write.id}" for write in result.added if isinstance(write.key, SchemaKey)}
    for item, write in zip([*value.schemas, *value.operations], result.added, strict=True):
        bound = bind(item.definition, wire_ids)
        assert jsontext.encode(bound) == write.definition
        assert set(re.findall(rf"sch_{ids.SUFFIX}", write.definition.decode())) == set(write.references)


def test_numbers_keep_their_digits_into_the_definition():
    text = b'{"openapi":"3.0.0","info":{"title":"T"},"paths":{},"components":{"schemas":{"X":{"minimum":1.0,"enum":[9007199254740993,1e2,0.10]}}}}'
    (write,) = plan(drafts(read_document(text))).added
    assert write.definition == b'{"minimum":1.0,"enum":[9007199254740993,1E+2,0.10]}'
    assert counts(again(read_document(text), stored((write,)))) == {"unchanged": 1}


def test_a_changed_schema_is_a_change_of_its_own_entity_only():
    old = document({"/a": {"get": answering(ref("X"))}}, {"X": {"type": "string"}, "Y": ref("X")})
    new = document({"/a": {"get": answering(ref("X"))}}, {"X": {"type": "integer"}, "Y": ref("X")})
    result = again(new, imported(old))
    assert counts(result) == {"changed": 1, "unchanged": 2}
    assert (result.changed[0].name, result.changed[0].definition_changed) == ("X", True)


def test_one_and_one_point_zero_are_different_definitions():
    existing = imported(
        read_document(b'{"openapi":"3.1.0","info":{"title":"T"},"components":{"schemas":{"X":{"minimum":1}}}}')
    )
    changed = read_document(b'{"openapi":"3.1.0","info":{"title":"T"},"components":{"schemas":{"X":{"minimum":1.0}}}}')
    assert counts(again(changed, existing)) == {"changed": 1}


def test_an_entity_that_was_renamed_by_hand_gets_its_name_back_without_a_version():
    value = document(schemas={"X": {"description": "An X."}})
    existing = [entity._replace(name="Mine", slug="mine") for entity in imported(value)]
    (write,) = again(value, existing).changed
    assert (write.name, write.slug, write.definition_changed) == ("X", "mine", False)


def test_the_stored_text_may_have_its_keys_in_another_order():
    value = document(schemas={"X": {"type": "string", "minLength": 1}})
    existing = [entity._replace(definition=b'{ "minLength": 1, "type": "string" }') for entity in imported(value)]
    assert counts(again(value, existing)) == {"unchanged": 1}


def test_a_deleted_entity_that_is_in_the_document_is_revived():
    value = document(schemas={"X": {}, "Y": ref("X")})
    existing = stored(plan(drafts(value)).present, deleted=True)
    result = again(value, existing)
    assert counts(result) == {"revived": 2}
    assert [(write.id, write.slug, write.definition_changed) for write in result.revived] == [
        (entity.id, entity.slug, False) for entity in existing
    ]
    assert counts(again(document(schemas={"X": {"type": "string"}}), existing)) == {"revived": 1}


def test_what_is_no_longer_in_the_document_is_reported_and_comes_back_as_the_same_entity():
    value = document({"/a": {"get": {}}}, {"X": {}})
    existing = imported(value)
    result = again(document(), existing)
    assert counts(result) == {"gone": 2}
    assert result.gone == tuple(existing)
    assert counts(again(value, existing)) == {"unchanged": 2}


def test_a_moved_operation_keeps_id_and_slug():
    existing = imported(named(("listPets", "get", "/pets")))
    (write,) = again(named(("listPets", "get", "/v2/pets")), existing).changed
    assert (write.id, write.slug) == (existing[0].id, "list-pets")
    (write,) = again(named(("listAnimals", "get", "/pets")), existing).changed
    assert (write.id, write.slug, write.name) == (existing[0].id, "list-pets", "listAnimals")


def test_slugs_are_unique_in_their_kind_among_all_of_the_workspace():
    value = document({"/a": {"get": {"operationId": "Host"}}}, {"Host": {}, "host": {}})
    result = plan(drafts(value), taken_slugs={"schema": {"host-2"}, "function": {"host"}})
    assert [(write.name, write.slug) for write in result.added] == [
        ("Host", "host-3"),
        ("host", "host"),
        ("Host", "host-2"),
    ]
    assert counts(again(document(schemas={"Host": {}}), [])) == {"added": 1}
    (added,) = again(document(schemas={"HOST": {}}), imported(document(schemas={"Host": {}}))).added
    assert added.slug == "host-2"


def test_names_are_kept_and_texts_fit_their_columns():
    names = ["a.b", "A[]", "x:y#z", "Host", "host", "n" * 125, "名前"]
    result = plan(drafts(document(schemas={name: {"description": name * 2_000} for name in names})))
    assert {write.name for write in result.added} == set(names)
    for write in result.added:
        assert write.description == (write.name * 2_000)[:1_999] + "…"
        assert definition(write)["description"] == write.name * 2_000


def test_an_operation_without_id_is_named_by_its_place():
    short, long = plan(drafts(named((None, "get", "/pets/{id}"), (None, "put", "/" + "x" * 300)))).added
    assert (short.name, short.slug) == ("GET /pets/{id}", "get-pets-id")
    assert long.name == "PUT /" + "x" * 194 + "…"


def test_an_operation_is_described_by_its_description_else_by_its_summary():
    value = document(
        {"/a": {"get": {"summary": "S"}, "put": {"summary": "S", "description": "D"}, "post": {"description": " "}}}
    )
    assert [write.description for write in plan(drafts(value)).added] == ["S", "D", None]


def test_members_of_a_manifest_are_all_operations_of_the_document_by_slug():
    existing = imported(named(("b", "get", "/b"), ("gone", "get", "/gone"), ("c", "get", "/c")))
    value = named(("b", "get", "/b"), ("a", "get", "/a"), ("c", "put", "/c"))
    value["components"]["schemas"] = {"X": {}}
    result = again(value, existing)
    by_slug = {write.slug: write for write in result.present}
    assert manifest_members(result) == [
        {
            "slug": slug,
            "entityId": f"fun_{by_slug[slug].id}",
            "kind": "function",
            "forkOnInstall": True,
            "defaultEnabled": True,
        }
        for slug in ("a", "b", "c")
    ]


def test_the_second_helpdesk_document_is_an_update_of_the_first():
    existing = imported(read_document((EXAMPLES / "v1.yaml").read_bytes()))
    result = again(read_document((EXAMPLES / "v2.yaml").read_bytes()), existing)
    by_list = {name: {write.slug for write in writes} for name, writes in result._asdict().items()}
    assert len(existing) == 12 + 20
    assert by_list["added"] == {
        "merge-request",
        "rating",
        "rating-list",
        "list-ratings",
        "upload-attachment",
        "merge-ticket",
    }
    assert by_list["changed"] == {
        *("attachment", "statistics", "ticket", "ticket-status"),
        *("get-statistics", "list-tickets", "update-ticket", "list-users"),
    }
    assert by_list["gone"] == {"label", "close-ticket"}


def test_an_operation_may_reach_hundreds_of_schemas_in_cycles():
    schemas = {f"S{n}": {"properties": {"next": ref(f"S{(n + 1) % 680}"), "first": ref("S0")}} for n in range(680)}
    result = plan(drafts(document({"/a": {"get": answering(ref("S7"))}}, schemas)))
    references = {f"sch_{write.id}": write.references for write in result.added if write.kind == "schema"}
    reached, frontier = set(), set(result.added[-1].references)
    while frontier:
        reached |= frontier
        frontier = {name for reference in frontier for name in references[reference]} - reached
    assert len(reached) == 680


def large(operations: int, schemas: int) -> dict[str, Any]:
    """A document with shared parameters and responses, every schema in a cycle."""
    paths = {
        f"/things{n // 2}/{{id}}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            **{
                method: {
                    "operationId": f"{method}Thing{n // 2}",
                    "parameters": [{"name": f"p{m}", "in": "query", "schema": {"type": "string"}} for m in range(5)],
                    "requestBody": {"content": {"application/json": {"schema": ref(f"Schema{n * 3 % schemas}")}}},
                    "responses": answering(ref(f"Schema{n * 7 % schemas}"))["responses"] | {"400": {"$ref": "#/components/responses/Error"}},
                }
                for method in ("get", "post")
            },
        }
        for n in range(0, operations, 2)
    }  # fmt: skip
    components = {
        f"Schema{n}": {
            "type": "object",
            "description": f"Schema number {n}.",
            "properties": {f"property{m}": ref(f"Schema{(n * 5 + m * 11 + 1) % schemas}") for m in range(8)}
            | {f"text{m}": {"type": "string", "maxLength": 100 + m} for m in range(8)},
        }
        for n in range(schemas)
    }
    shared = {"description": "Wrong", "content": {"application/json": {"schema": ref("Schema0")}}}
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return document(paths, components, responses={"Error": shared}, parameters={"id": identifier})


def test_a_document_of_1400_operations_and_4200_schemas_is_imported():
    text = json.dumps(large(1_400, 4_200)).encode()
    first = plan(drafts(read_document(text)))
    assert counts(first) == {"added": 5_600}
    assert len({(write.kind, write.slug) for write in first.added}) == 5_600
    assert counts(again(read_document(text), stored(first.added))) == {"unchanged": 5_600}
    assert len(manifest_members(first)) == 1_400


names = st.sampled_from(["A", "a", "B", "b.c", "A[]", "x:y", "Ä"])
texts = st.sampled_from(["", "text", "sch_", "#/components/schemas/A", "${variables.x}"])
data = st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts | st.just("$ref"), inner, max_size=2), max_leaves=4)  # fmt: skip


def schema_trees() -> st.SearchStrategy[Any]:
    leaves = st.fixed_dictionaries(
        {}, optional={"type": texts, "default": data, "enum": st.lists(data, max_size=2), "description": texts}
    )
    references = names.map(ref)

    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.fixed_dictionaries(
            {},
            optional={"properties": st.dictionaries(names | st.just("$ref"), inner, max_size=3), "items": inner, "allOf": st.lists(inner, max_size=2), "not": inner, "x-a": data},
        )  # fmt: skip

    return st.recursive(leaves | references, grow, max_leaves=5)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    schemas = draw(st.dictionaries(names, schema_trees(), max_size=5))
    for name in ("A", "a", "B", "b.c", "A[]", "x:y", "Ä"):
        schemas.setdefault(name, {})
    operation = st.fixed_dictionaries(
        {"responses": st.dictionaries(st.sampled_from(["200", "201", "400", "default"]), schema_trees().map(lambda tree: answering(tree)["responses"]["200"]), max_size=3)},
        optional={"operationId": st.sampled_from(["list", "List", "get", "a b"]), "summary": texts, "tags": st.lists(texts, max_size=2), "security": st.just([])},
    )  # fmt: skip
    item = st.dictionaries(st.sampled_from(["get", "put", "post"]), operation, max_size=3)
    paths = draw(st.dictionaries(st.sampled_from(["/a", "/a/{id}", "/a/{x}", "/b", "/B"]), item, max_size=4))
    return document(paths, schemas, openapi=draw(st.sampled_from(["3.0.3", "3.1.0"])))


def shuffled(value: Any, random: Random) -> Any:
    """`value` with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(item, random) for item in value] if isinstance(value, list) else value


@settings(max_examples=120, deadline=None)
@given(documents())
def test_importing_the_same_document_twice_plans_nothing(value: Any):
    first = plan(drafts(value))
    second = again(value, stored(first.added))
    assert set(counts(second)) <= {"unchanged"}
    assert second.unchanged == tuple(write._replace(definition_changed=False) for write in first.added)


@settings(max_examples=120, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_another_order_of_keys_changes_nothing(value: Any, random: Random):
    first = plan(drafts(value))
    reordered = shuffled(value, random)
    assert set(counts(again(reordered, stored(first.added)))) <= {"unchanged"}
    fresh = plan(drafts(reordered))
    assert [(write.key, write.slug, write.name) for write in fresh.added] == [
        (write.key, write.slug, write.name) for write in first.added
    ]
    assert [write["slug"] for write in manifest_members(fresh)] == [write["slug"] for write in manifest_members(first)]


@settings(max_examples=120, deadline=None)
@given(documents(), documents())
def test_whatever_changed_a_second_import_of_it_plans_nothing(old: Any, new: Any):
    existing = imported(old)
    update = again(new, existing)
    assert {write.id for write in update.present}.isdisjoint(entity.id for entity in update.gone)
    assert len({(write.kind, write.slug) for write in update.present}) == len(update.present)
    after = [*stored(update.present), *update.gone]
    assert set(counts(again(new, after))) <= {"unchanged", "gone"}
    assert {entity.id for entity in again(new, after).gone} == {entity.id for entity in update.gone}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(child, (*path, key))


@settings(max_examples=250, deadline=None)
@given(documents(), st.data())
def test_a_document_with_anything_anywhere_is_imported_or_refused(value: Any, draw: st.DataObject):
    for _ in range(draw.draw(st.integers(1, 3))):
        path = draw.draw(st.sampled_from([place for place in places(value) if place]))
        target = value
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = draw.draw(data | schema_trees())
    try:
        result = plan(drafts(value))
    except Invalid:
        return
    assert set(counts(again(value, stored(result.added)))) <= {"unchanged"}


@pytest.mark.parametrize("kind", ["schema", "function"])
def test_every_slug_of_a_plan_is_valid(kind: str):
    value = document({f"/{'x' * 200}{n}": {"get": {}} for n in range(3)}, {"ÄÖÜ" * 60: {}, "x" * 300: {}, "-": {}})
    writes = [write for write in plan(drafts(value)).added if write.kind == kind]
    assert writes
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,127}", write.slug) for write in writes)
