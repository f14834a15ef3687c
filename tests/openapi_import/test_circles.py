"""Places that reach themselves become schemas of their own; names beside places: `$id`, `$anchor`, `#`."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import Invalid
from graft.openapi_import.extract import Extracted, extract
from graft.openapi_import.match import SchemaKey
from graft.openapi_import.plan import plan
from graft.openapi_import.read import read_document
from graft.openapi_import.symbols import SchemaRef
from tests.openapi_import.documents import (
    again,
    answering,
    document,
    drafts,
    imported,
    only_operation,
    problems,
    schema_definition,
)

ROOT = "#/components/schemas/Page/properties/root"


def names(value: Any) -> dict[str, frozenset[str]]:
    """What each schema names, by component."""
    return {schema.component: schema.references for schema in extract(value).schemas}


def to(place: str) -> dict[str, str]:
    return {"$ref": place}


def test_a_place_inside_a_component_that_reaches_itself_is_a_schema_of_its_own():
    page = {"properties": {"root": {"properties": {"children": {"items": to(ROOT)}}}}}
    value = document(schemas={"Page": page})
    assert schema_definition(value, "Page") == {"properties": {"root": {"$ref": SchemaRef(ROOT)}}}
    assert schema_definition(value, ROOT) == {"properties": {"children": {"items": {"$ref": SchemaRef(ROOT)}}}}
    (write,) = [write for write in plan(drafts(value)).added if write.key == SchemaKey(ROOT)]
    assert (write.name, write.slug) == ("Page/properties/root", "page-properties-root")


def test_a_place_inside_a_path_that_reaches_itself_is_the_schema_of_its_operation():
    place = "#/paths/~1c/get/responses/200/content/application~1json/schema"
    operation = only_operation(document({"/c": {"get": answering({"items": to(place)})}}))
    assert operation.definition["outputSchemaId"] == SchemaRef(place)
    assert operation.references == {place}


@pytest.mark.parametrize(
    ("schemas", "circular"),
    [
        # itself, with nothing else
        ({"A": {"items": to("#/components/schemas/A/items")}}, {"#/components/schemas/A/items"}),
        # two that name each other, in two components
        (
            {"A": {"items": {"not": to("#/components/schemas/B/items")}}, "B": {"items": {"not": to("#/components/schemas/A/items")}}},
            {"#/components/schemas/A/items", "#/components/schemas/B/items"},
        ),
        # one that leads into a circle is no part of it
        (
            {"A": {"items": {"items": to("#/components/schemas/A/items")}}, "B": {"not": to("#/components/schemas/A/items")}},
            {"#/components/schemas/A/items"},
        ),
        # through a place where no schema is expected
        ({"A": {"x-parts": {"p": {"items": to("#/components/schemas/A/x-parts/p")}}, "not": to("#/components/schemas/A/x-parts/p")}}, {"#/components/schemas/A/x-parts/p"}),
        # a component ends every circle
        ({"A": {"items": {"not": to("#/components/schemas/A")}}, "B": to("#/components/schemas/A/items")}, set()),
    ],
)  # fmt: skip
def test_exactly_what_reaches_itself_is_a_schema(schemas: Any, circular: set[str]):
    assert names(document(schemas=schemas)).keys() - schemas.keys() == circular


def test_a_component_may_have_the_name_that_an_inner_place_would_have():
    schemas = {"A": {"items": {"not": to("#/components/schemas/A/items")}}, "#/components/schemas/A/items": {}}
    value = document(schemas=schemas)
    assert names(value).keys() == {*schemas, "##/components/schemas/A/items"}
    assert len({write.slug for write in plan(drafts(value)).added}) == 3


def test_an_inner_schema_keeps_its_entity_over_imports():
    page = {"properties": {"root": {"description": "one", "items": to(ROOT)}}}
    existing = imported(document(schemas={"Page": page}))
    page["properties"]["root"]["description"] = "two"
    second = again(document(schemas={"Page": page}), existing)
    assert [write.name for write in second.changed] == ["Page/properties/root"]
    assert (second.added, second.gone) == ((), ())


def test_a_circle_of_many_places_is_found_without_walking_all_of_its_ways():
    places = [f"#/components/schemas/A/properties/p{at}" for at in range(60)]
    node = {"properties": {f"p{at}": {"allOf": [to(place) for place in places]} for at in range(60)}}
    assert names(document(schemas={"A": node})).keys() == {"A", *places}


def test_a_callback_that_leads_back_to_itself_is_refused():
    callback = {"e": {"post": {"responses": {}, "callbacks": {"c": to("#/components/callbacks/c")}}}}
    assert {code for _, code in problems(extract, document(callbacks={"c": callback}))} == {"ref-cycle"}


def outcome(value: Any) -> tuple[Extracted | None, set[str]]:
    try:
        return extract(value), set()
    except Invalid as refused:
        return None, {problem.code for problem in refused.problems}


NODES = ("A", "B")
INSIDE = ("", "/items", "/not", "/properties/p", "/items/items", "/not/properties/p")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_references_to_places_always_come_to_an_end(data: st.DataObject):
    """Whatever names whatever, each definition is finite, and names only what there is."""
    place = st.builds(lambda name, inside: to(f"#/components/schemas/{name}{inside}"), st.sampled_from(NODES), st.sampled_from(INSIDE))  # fmt: skip
    leaf = place | st.just({"type": "string"})
    level = st.fixed_dictionaries({"items": leaf, "properties": st.fixed_dictionaries({"p": leaf})})
    node = st.fixed_dictionaries({"items": level | leaf, "not": level | leaf, "properties": st.fixed_dictionaries({"p": leaf})})  # fmt: skip
    value = document(schemas={name: data.draw(node) for name in NODES})
    extracted, codes = outcome(value)
    if extracted is None:
        # a reference through another one leads nowhere
        assert codes == {"dangling-ref"}
        return
    found = {schema.component for schema in extracted.schemas}
    assert all(schema.references <= found for schema in extracted.schemas)
    assert plan(drafts(value)).added


SHOP = "https://shop.example/schemas"


def ids(**schemas: Any) -> Any:
    return document(schemas=schemas, openapi="3.1.0")


@pytest.mark.parametrize(
    ("reference", "component"),
    [
        ("#money", "Money"),
        ("#every", "Money"),
        (f"{SHOP}/order", "Order"),
        (f"{SHOP}/order#", "Order"),
        (f"{SHOP}/order#top", "Order"),
    ],
)
def test_a_reference_by_name_is_one_to_the_schema(reference: str, component: str):
    value = ids(
        A={"items": to(reference)},
        Money={"$anchor": "money", "$dynamicAnchor": "every"},
        Order={"$id": f"{SHOP}/order", "$anchor": "top"},
    )
    assert schema_definition(value, "A") == {"items": {"$ref": SchemaRef(component)}}
    assert extract(value).warnings == ()


def test_a_reference_is_relative_to_the_id_around_it():
    value = ids(
        Order={"$id": f"{SHOP}/order", "properties": {"a": to("money"), "b": to("/schemas/money#part"), "c": to("#")}},
        Money={"$id": f"{SHOP}/money", "$defs": {"part": {"$anchor": "part", "title": "Part"}}},
    )
    assert schema_definition(value, "Order")["properties"] == {
        "a": {"$ref": SchemaRef("Money")},
        "b": {"$anchor": "part", "title": "Part"},
        "c": {"$ref": SchemaRef("Order")},
    }


def test_an_id_may_be_relative_to_the_id_around_it():
    inner = {"$id": "part", "items": to("#/$defs/x"), "$defs": {"x": {"title": "X"}}}
    value = ids(Order={"$id": f"{SHOP}/order", "$defs": {"part": inner}}, A=to(f"{SHOP}/part"))
    assert schema_definition(value, "A") == inner
    # within the schema with the id, a reference stays as it is
    assert schema_definition(value, "Order")["$defs"]["part"]["items"] == to("#/$defs/x")


def test_dynamic_references_stay_but_one_to_a_component_names_its_entity():
    value = ids(
        A={"items": {"$dynamicRef": "#item"}, "$defs": {"any": {"$dynamicAnchor": "item"}}},
        B={"items": {"$dynamicRef": "#/components/schemas/A"}},
    )
    assert schema_definition(value, "A")["items"] == {"$dynamicRef": "#item"}
    assert schema_definition(value, "B")["items"] == {"$dynamicRef": SchemaRef("A")}
    assert names(value)["B"] == {"A"}


def test_a_reference_that_the_id_around_it_hides_is_found_and_told():
    value = ids(Order={"$id": f"{SHOP}/order", "items": to("#/components/schemas/Money")}, Money={})
    assert schema_definition(value, "Order")["items"] == {"$ref": SchemaRef("Money")}
    (warning,) = extract(value).warnings
    assert (warning.pointer, warning.code) == ("/components/schemas/Order/items/$ref", "beyond-id")


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("#nobody", "dangling-ref"),
        ("#twice", "ambiguous-ref"),
        (f"{SHOP}/twice", "ambiguous-ref"),
        (f"{SHOP}/order#/nothing", "dangling-ref"),
        (f"{SHOP}/order#nobody", "dangling-ref"),
        (f"{SHOP}/nobody", "foreign-ref"),
        ("#", "foreign-ref"),
        ("http://[", "foreign-ref"),
    ],
)
def test_a_name_that_nobody_or_more_than_one_has_is_refused(reference: str, code: str):
    value = ids(
        A={"items": to(reference)},
        B={"$anchor": "twice"},
        C={"$anchor": "twice"},
        D={"$id": f"{SHOP}/twice"},
        E={"$id": f"{SHOP}/twice"},
        F={"$id": f"{SHOP}/order"},
    )
    assert problems(extract, value) == {("/components/schemas/A/items/$ref", code)}


def test_names_mean_nothing_in_3_0():
    value = document(schemas={"A": {"$anchor": "a", "$id": f"{SHOP}/a"}, "B": to("#a"), "C": to(f"{SHOP}/a")})
    assert {code for _, code in problems(extract, value)} == {"foreign-ref"}


def test_a_schema_that_yaml_shares_has_one_name_in_all_its_places():
    text = b"""
openapi: 3.1.0
info: {title: T}
components:
  schemas:
    A: {properties: {m: &m {$anchor: money, type: object}}}
    B: {properties: {m: *m, n: {$ref: '#money'}}}
"""
    value = read_document(text)
    assert schema_definition(value, "B")["properties"]["n"] == {"$anchor": "money", "type": "object"}
