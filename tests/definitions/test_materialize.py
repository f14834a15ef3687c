"""A text of a clone's own: with the base that a merge starts from, or without one."""

from graft import ids, jsontext
from graft.definitions.materialize import materialized
from graft.definitions.rows import Base
from graft.ids import Id

ENTITY, NAMED, STATE = (Id(ids.encode(bytes([number]) * 16)) for number in (1, 2, 3))
BASE = Base(7, STATE, {"g": NAMED}, b'{"in":1}', Id(ids.encode(bytes([4]) * 16)))


def test_a_text_with_a_base_keeps_what_a_merge_starts_from():
    text = materialized(ENTITY, b'{"in":2}', [NAMED], BASE, edited=True)
    assert (text.entity_id, text.definition, text.refs, text.edited) == (ENTITY, b'{"in":2}', [NAMED], True)
    assert (text.base_id, text.variables_id) == (7, STATE)
    assert text.ids is not None
    assert jsontext.decode(text.ids) == {"g": NAMED}


def test_a_text_without_a_base_has_none_and_each_text_has_an_id_of_its_own():
    one, two = (materialized(ENTITY, b"{}", [], None, edited=True) for _ in range(2))
    assert (one.base_id, one.variables_id, one.ids) == (None, None, None)
    assert one.id != two.id
