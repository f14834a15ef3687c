"""Which operation of a newer document is which entity."""

from collections.abc import Sequence

import pytest

from graft.openapi_import.match import ImportKey, OperationKey
from graft.openapi_import.plan import plan
from tests.openapi_import.documents import again, document, drafts, imported, named, stored

Place = tuple[str | None, str, str]


def place_of(key: ImportKey) -> tuple[str, str]:
    assert isinstance(key, OperationKey)
    return key.method.lower(), key.path


def moves(old: Sequence[Place], new: Sequence[Place]) -> dict[tuple[str, str], tuple[str, str] | None]:
    """Where each operation of `new` has its entity from: place now -> place before, None for an added one."""
    existing = imported(named(*old))
    before = {entity.id: place_of(entity.key) for entity in existing}
    result = again(named(*new), existing)
    assert {entity.id for entity in result.gone} == before.keys() - {write.id for write in result.present}
    return {place_of(write.key): before.get(write.id) for write in result.present}


def test_an_operation_that_moved_keeps_its_entity():
    assert moves([("a", "get", "/old")], [("a", "post", "/new")]) == {("post", "/new"): ("get", "/old")}


def test_an_operation_that_was_renamed_keeps_its_entity():
    assert moves([("a", "get", "/p/{id}")], [("b", "get", "/p/{id}")]) == {("get", "/p/{id}"): ("get", "/p/{id}")}
    assert moves([("a", "get", "/p/{id}")], [("b", "get", "/p/{pet}")]) == {("get", "/p/{pet}"): ("get", "/p/{id}")}
    assert moves([("a", "get", "/p/{id}")], [(None, "get", "/p/{pet}")]) == {("get", "/p/{pet}"): ("get", "/p/{id}")}
    assert moves([(None, "get", "/p/{id}")], [("a", "get", "/p/{pet}")]) == {("get", "/p/{pet}"): ("get", "/p/{id}")}


def test_another_method_or_another_path_is_another_operation():
    assert moves([("a", "get", "/p")], [("b", "put", "/p")]) == {("put", "/p"): None}
    assert moves([("a", "get", "/p/{id}")], [("b", "get", "/p/x")]) == {("get", "/p/x"): None}
    assert moves([("a", "get", "/p")], [("A", "get", "/q")]) == {("get", "/q"): None}


def test_equal_id_and_place_go_before_an_equal_id_elsewhere():
    old = [("a", "get", "/one"), ("a", "get", "/two")]
    assert moves(old, [("a", "get", "/two"), ("b", "get", "/one")]) == {
        ("get", "/two"): ("get", "/two"),
        ("get", "/one"): ("get", "/one"),
    }


def test_an_equal_id_goes_before_an_equal_place():
    old = [("a", "get", "/one"), ("b", "get", "/two")]
    assert moves(old, [("b", "get", "/one"), ("a", "get", "/two")]) == {
        ("get", "/one"): ("get", "/two"),
        ("get", "/two"): ("get", "/one"),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([("a", "get", "/one"), ("a", "get", "/two")], [("a", "get", "/three")]),
        ([("a", "get", "/three")], [("a", "get", "/one"), ("a", "get", "/two")]),
        ([("a", "get", "/one"), ("a", "get", "/two")], [("a", "get", "/one"), ("a", "get", "/three")]),
    ],
)
def test_a_repeated_id_says_nothing_about_what_moved(old: Sequence[Place], new: Sequence[Place]):
    kept = {place[1:] for place in old} & {place[1:] for place in new}
    assert moves(old, new) == {place[1:]: place[1:] if place[1:] in kept else None for place in new}


def test_equal_places_go_before_places_with_blanked_names():
    old = [(None, "get", "/p/{a}"), (None, "get", "/p/{b}")]
    assert moves(old, old) == {("get", "/p/{a}"): ("get", "/p/{a}"), ("get", "/p/{b}"): ("get", "/p/{b}")}
    assert moves(old, [("x", "get", "/p/{b}"), ("y", "get", "/p/{c}")]) == {
        ("get", "/p/{b}"): ("get", "/p/{b}"),
        ("get", "/p/{c}"): ("get", "/p/{a}"),
    }


def test_blanked_places_that_are_not_unique_match_nothing():
    old = [("a", "get", "/p/{a}"), ("b", "get", "/p/{b}")]
    assert moves(old, [("x", "get", "/p/{x}")]) == {("get", "/p/{x}"): None}
    assert moves([("x", "get", "/p/{x}")], old) == {("get", "/p/{a}"): None, ("get", "/p/{b}"): None}


def test_a_deleted_entity_is_taken_only_where_no_other_fits():
    value = named(("a", "get", "/p"))
    deleted = stored(plan(drafts(value)).present, deleted=True)
    living = imported(value)
    result = again(value, [*deleted, *living])
    assert [write.id for write in result.unchanged] == [living[0].id]
    assert [write.id for write in again(value, deleted).revived] == [deleted[0].id]
    moved = again(named(("a", "get", "/q")), [*deleted, *living])
    assert [write.id for write in moved.changed] == [living[0].id]


def test_schemas_match_by_name_with_its_case():
    existing = imported(document(schemas={"Host": {}, "Gone": {}}))
    result = again(document(schemas={"Host": {}, "host": {}}), existing)
    assert [write.name for write in result.unchanged] == ["Host"]
    assert [write.name for write in result.added] == ["host"]
    assert [entity.name for entity in result.gone] == ["Gone"]


def test_of_two_entities_with_one_key_the_older_is_taken():
    value = named(("a", "get", "/p"))
    first, second = imported(value), imported(value)
    result = again(value, [*second, *first])
    assert [write.id for write in result.unchanged] == [first[0].id]
    assert [entity.id for entity in result.gone] == [second[0].id]
    assert first[0].key == OperationKey("a", "GET", "/p")
