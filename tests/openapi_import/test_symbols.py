"""Symbolic references in trees."""

import pytest

from graft.openapi_import.symbols import SchemaRef, encode_with_holes, split_at_holes

TREE = {"$ref": SchemaRef("X"), "allOf": [{"$ref": SchemaRef('Ä"${b}')}, True, 1.5, None], "text": "X"}


def test_text_is_cut_where_the_ids_will_be():
    assert split_at_holes(*encode_with_holes(TREE)) == [
        b'{"$ref":',
        b"X",
        b',"allOf":[{"$ref":',
        'Ä"${b}'.encode(),
        b'},true,1.5,null],"text":"X"}',
    ]


def test_text_without_references_is_one_part():
    assert split_at_holes(*encode_with_holes({"a": '\\u00000"'})) == [b'{"a":"\\\\u00000\\""}']


def test_the_encoder_refuses_what_is_no_json():
    with pytest.raises(TypeError, match="object is no JSON"):
        encode_with_holes([object()])


def test_symbolic_references_are_equal_by_name_and_no_text():
    assert SchemaRef("X") == SchemaRef("X") != SchemaRef("Y")
    assert SchemaRef("X") != "X"
    assert len({SchemaRef("X"), SchemaRef("X"), "X"}) == 2
    assert repr(SchemaRef("X")) == "SchemaRef('X')"
