"""Ids: the compiled codec and its pure twin agree, and only what is an id is taken for one."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft import ids


@given(st.binary(min_size=16, max_size=16))
def test_the_compiled_codec_is_the_pure_one(raw: bytes):
    text = ids.encode(raw)
    assert text == ids.encode_pure(raw)
    assert ids.is_id(text)
    assert ids.decode(text) == ids.decode_pure(text) == raw


def test_later_ids_sort_later():
    made = ids.new_ids(1000)
    assert made == sorted(made)
    assert uuid.UUID(bytes=ids.decode(made[0])).version == 7


@pytest.mark.parametrize(
    "text", ["", "8" + "0" * 25, "0" * 25, "0" * 27, "0" * 25 + "i", "0" * 25 + "L", "\u0660" * 26]
)
def test_what_is_no_id_is_not_taken_for_one(text: str):
    assert not ids.is_id(text)
    assert ids.parse("int", f"int_{text}") is None


def test_the_prefix_counts():
    made = ids.new_id()
    assert ids.parse("int", f"int_{made}") == made
    assert ids.parse("int", f"intver_{made}") is None
    assert ids.parse("int", made) is None
