"""Symbolic references in trees."""

import pytest

from graft import jsontext
from graft.openapi_import.symbols import SchemaRef, bind, binding_encoder

TREE = {"$ref": SchemaRef("X"), "allOf": [{"$ref": SchemaRef("Y")}, True, 1.5, None], "text": "X"}
IDS = {"X": "sch_1", "Y": "sch_2"}
BOUND = {"$ref": "sch_1", "allOf": [{"$ref": "sch_2"}, True, 1.5, None], "text": "X"}


def test_binding_puts_ids_in_place_of_names_and_leaves_the_tree_as_it_was():
    assert bind(TREE, IDS) == BOUND
    assert TREE["$ref"] == SchemaRef("X")


def test_the_encoder_binds_as_it_writes():
    assert binding_encoder(IDS).encode(TREE) == jsontext.encode(BOUND)


def test_the_encoder_refuses_what_is_no_json():
    with pytest.raises(TypeError, match="object is no JSON"):
        binding_encoder(IDS).encode([object()])


def test_symbolic_references_are_equal_by_name_and_no_text():
    assert SchemaRef("X") == SchemaRef("X") != SchemaRef("Y")
    assert SchemaRef("X") != "X"
    assert len({SchemaRef("X"), SchemaRef("X"), "X"}) == 2
    assert repr(SchemaRef("X")) == "SchemaRef('X')"
