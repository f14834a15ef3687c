"""Whatever is wrong with a query is told with its place, all at once, and nothing else is ever raised."""

import json
import random
from typing import Any

import msgspec
import pytest

from graft.listing import ListingError, read_query
from tests.listing.toy import APPS, CATALOG, INSTALLS, MEMBERS

Found = list[tuple[str, str]]


def problems(resource: Any = APPS, pairs: Any = None, **parameters: Any) -> Found:
    try:
        read_query(resource, [*parameters.items()] if pairs is None else pairs, CATALOG)
    except ListingError as error:
        found = error.problems.found
    else:
        return []
    assert all(problem.detail for problem in found)
    # any reply can carry them
    msgspec.json.encode(found)
    return [(problem.pointer, problem.code) for problem in found]


def filter_problems(wanted: Any, resource: Any = APPS) -> Found:
    return problems(resource, filter=wanted if isinstance(wanted, str) else json.dumps(wanted))


def order_problems(order: Any) -> Found:
    return problems(orderBy=order if isinstance(order, str) else json.dumps(order))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"limit": "1"}, []),
        ({"limit": "100"}, []),
        ({"limit": "0"}, [("limit", "out-of-range")]),
        ({"limit": "101"}, [("limit", "out-of-range")]),
        ({"limit": ""}, [("limit", "invalid-value")]),
        ({"limit": "-1"}, [("limit", "invalid-value")]),
        ({"limit": "1.0"}, [("limit", "invalid-value")]),
        ({"limit": " 1"}, [("limit", "invalid-value")]),
        ({"limit": "\u0661"}, [("limit", "invalid-value")]),
        ({"limit": "9" * 5000}, [("limit", "invalid-value")]),
        ({"include_deleted": "TRUE"}, [("include_deleted", "unknown-value")]),
        ({"after": "a", "before": "b"}, [("before", "conflicting-parameters")]),
        ({"nope": "1"}, [("nope", "unknown-parameter")]),
        ({"workspaceId": "1"}, [("workspaceId", "unknown-parameter")]),
        ({"\ud800~/": "1"}, [("\ufffd~/", "unknown-parameter")]),
        ({"visibility": "secret"}, [("visibility", "unknown-value")]),
        ({"featured": "yes"}, [("featured", "invalid-value")]),
        ({"stars": "1.5"}, [("stars", "invalid-value")]),
        ({"stars": "9223372036854775807"}, []),
        ({"stars": "9223372036854775808"}, [("stars", "out-of-range")]),
        ({"price": "1e99999"}, [("price", "out-of-range")]),
        ({"price": "\u0663"}, [("price", "invalid-value")]),
        ({"created_at": "yesterday"}, [("created_at", "invalid-value")]),
        ({"name": "x" * 1024}, []),
        ({"name": "x" * 1025}, [("name", "too-long")]),
        ({"name": "a\0"}, [("name", "invalid-text")]),
        ({"name": "a\udfff"}, [("name", "invalid-text")]),
        ({"ids": ",".join(["app_0"] * 1000)}, []),
        ({"ids": ",".join(["app_0"] * 1001)}, [("ids", "too-many")]),
        ({"ids": "x" * (64 * 1024)}, []),
        ({"ids": "x" * (64 * 1024 + 1)}, [("ids", "too-long")]),
        ({"after": "x" * (16 * 1024 + 1)}, [("after", "too-long")]),
    ],
)
def test_parameters(parameters: dict[str, Any], expected: Found) -> None:
    assert problems(**parameters) == expected


def test_a_repeated_parameter_is_told_once() -> None:
    pairs = [("limit", "1"), ("limit", "1"), ("limit", "1"), ("x", ""), ("x", "")]
    assert problems(pairs=pairs) == [
        ("limit", "repeated-parameter"), ("x", "unknown-parameter"), ("x", "repeated-parameter"),
    ]  # fmt: skip


def _details(**parameters: str) -> list[str]:
    with pytest.raises(ListingError) as caught:
        read_query(APPS, [*parameters.items()], CATALOG)
    return [problem.detail for problem in caught.value.problems]


def test_an_unknown_parameter_is_told_what_was_meant_or_once_what_there_is() -> None:
    meant, listed, bare = _details(includeDeleted="only", nope="1", neither="1")
    assert meant == "This list has no such parameter. Did you mean include_deleted?"
    assert listed.startswith("This list has no such parameter. There are: after, before, ")
    assert "include_deleted" in listed
    assert bare == "This list has no such parameter."


def test_many_unknown_parameters_bring_the_names_once() -> None:
    details = _details(**{f"nope{number}": "" for number in range(5_000)})
    assert sum(map(len, details)) < 5_000 * 40


def test_every_problem_is_told_at_once() -> None:
    wanted = {"nope": 1, "AND": [{"name": {"like": "x"}}, {"stars": "x", "id": 5}], "installs": {"any": {}}}
    found = problems(limit="0", visibility="x", filter=json.dumps(wanted), orderBy='[{"nope": "asc"}]', what="")
    assert found == [
        ("what", "unknown-parameter"),
        ("limit", "out-of-range"),
        ("visibility", "unknown-value"),
        ("filter/nope", "unknown-field"),
        ("filter/AND/0/name/like", "unknown-operator"),
        ("filter/AND/1/stars", "wrong-type"),
        ("filter/AND/1/id", "wrong-type"),
        ("filter/installs/any", "unknown-operator"),
        ("orderBy/0/nope", "unknown-field"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("filter", "invalid-json")]),
        ("{", [("filter", "invalid-json")]),
        ("{} {}", [("filter", "invalid-json")]),
        ("null", [("filter", "wrong-type")]),
        ("[]", [("filter", "wrong-type")]),
        ('{"stars": NaN}', [("filter/stars", "invalid-json")]),
        ('{"stars": -Infinity}', [("filter/stars", "invalid-json")]),
        ('{"name": "a", "name": "b"}', [("filter/name", "duplicate-key")]),
        ('{"AND": [{"name": {"eq": 1, "eq": 2}}]}', [("filter/AND/0/name/eq", "duplicate-key")]),
        ('{"name": "\\u0000"}', [("filter/name", "invalid-text")]),
        ('{"name": "\\ud83d"}', [("filter/name", "invalid-text")]),
        ('{"name": "\\ud83d\\ude00"}', []),
        ('{"\\ud800": 1}', [("filter/\ufffd", "invalid-text")]),
        ('{"a/b~c": 1}', [("filter/a~1b~0c", "unknown-field")]),
        ('{"name": "\u0007"}', [("filter", "invalid-json")]),
        ("[" * 16_000, [("filter", "too-deep")]),
        ('{"a":' * 3_000, [("filter", "too-deep")]),
        ('{"stars": 1e9999999999999999999999}', [("filter/stars", "out-of-range")]),
        ('{"stars": 1e999999999}', [("filter/stars", "out-of-range")]),
        ('{"stars": 1e-999999999}', [("filter/stars", "out-of-range")]),
        ('{"stars": ' + "9" * 15_000 + "}", [("filter/stars", "out-of-range")]),
        ('{"stars": 1.50}', [("filter/stars", "invalid-value")]),
        ('{"stars": 1e3}', []),
        ('{"stars": 9223372036854775807}', []),
        ('{"stars": 9223372036854775808}', [("filter/stars", "out-of-range")]),
        ('{"stars": -9223372036854775809}', [("filter/stars", "out-of-range")]),
        ('{"stars": true}', [("filter/stars", "wrong-type")]),
        ('{"featured": 1}', [("filter/featured", "wrong-type")]),
        ('{"rating": 1e400}', [("filter/rating", "out-of-range")]),
        ('{"rating": "1"}', [("filter/rating", "wrong-type")]),
        ('{"price": 1e1000}', []),
        ('{"price": 1e1001}', [("filter/price", "out-of-range")]),
        ('{"price": 1e-1001}', [("filter/price", "out-of-range")]),
    ],
)
def test_json(text: str, expected: Found) -> None:
    assert filter_problems(text) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"manifest": 1}, [("filter/manifest", "not-filterable")]),
        ({"manifest": {"isNull": True}}, [("filter/manifest/isNull", "not-filterable")]),
        ({"visibility": {"gt": "public"}}, [("filter/visibility/gt", "unknown-operator")]),
        ({"visibility": "secret"}, [("filter/visibility", "unknown-value")]),
        ({"visibility": {"in": ["public", "x", 1]}},
         [("filter/visibility/in/1", "unknown-value"), ("filter/visibility/in/2", "wrong-type")]),
        ({"featured": {"lt": True}}, [("filter/featured/lt", "unknown-operator")]),
        ({"stars": {"contains": "1"}}, [("filter/stars/contains", "unknown-operator")]),
        ({"stars": {"lt": None}}, [("filter/stars/lt", "wrong-type")]),
        ({"name": {"contains": None}}, [("filter/name/contains", "wrong-type")]),
        ({"name": {"isNull": None}}, [("filter/name/isNull", "wrong-type")]),
        ({"name": {"in": None}}, [("filter/name/in", "wrong-type")]),
        ({"name": {"in": "a"}}, [("filter/name/in", "wrong-type")]),
        ({"name": ["a"]}, [("filter/name", "wrong-type")]),
        ({"name": {"AND": []}}, [("filter/name/AND", "unknown-operator")]),
        ({"id": 1}, [("filter/id", "wrong-type")]),
        ({"id": {"in": [1]}}, [("filter/id/in/0", "wrong-type")]),
        ({"AND": {}}, [("filter/AND", "wrong-type")]),
        ({"OR": [1]}, [("filter/OR/0", "wrong-type")]),
        ({"NOT": []}, [("filter/NOT", "wrong-type")]),
        ({"installs": None}, [("filter/installs", "wrong-type")]),
        ({"installs": []}, [("filter/installs", "wrong-type")]),
        ({"installs": {"some": None}}, [("filter/installs/some", "wrong-type")]),
        ({"installs": {"note": "a"}}, [("filter/installs/note", "unknown-operator")]),
        ({"installs": {"some": {"nope": 1}}}, [("filter/installs/some/nope", "unknown-field")]),
        ({"createdAt": "2026-01-01"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "2026-02-30T00:00:00Z"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "2026-01-01T00:00:00"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "2026-01-01T00:00:60Z"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "2026-01-01T00:0000Z"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "0001-01-01T00:00:00+23:59"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "9999-12-31T23:59:59-01:00"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "2026-01-01T00:00:00.1234567Z"}, [("filter/createdAt", "invalid-value")]),
        ({"createdAt": "2026-01-01T00:00:00.123456000Z"}, []),
        ({"createdAt": "2026-01-01t00:00:00z"}, []),
        ({"createdAt": 1}, [("filter/createdAt", "wrong-type")]),
        ({"createdAt": "\uff12026-01-01T00:00:00Z"}, [("filter/createdAt", "invalid-value")]),
    ],
)  # fmt: skip
def test_conditions(wanted: Any, expected: Found) -> None:
    assert filter_problems(wanted) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], []),
        ({}, [("orderBy", "wrong-type")]),
        ("", [("orderBy", "invalid-json")]),
        (["name"], [("orderBy/0", "wrong-type")]),
        ([{}], [("orderBy/0", "invalid-value")]),
        ([{"name": "asc", "slug": "asc"}], [("orderBy/0", "invalid-value")]),
        ([{"name": "up"}], [("orderBy/0/name", "unknown-value")]),
        ([{"name": ["asc"]}], [("orderBy/0/name", "wrong-type")]),
        ([{"name": None}], [("orderBy/0/name", "wrong-type")]),
        ([{"nope": "asc"}], [("orderBy/0/nope", "unknown-field")]),
        ([{"installs": "asc"}], [("orderBy/0/installs", "unknown-field")]),
        ([{"manifest": "asc"}], [("orderBy/0/manifest", "not-orderable")]),
        ([{"name": "asc"}, {"name": "desc"}], [("orderBy/1/name", "duplicate-key")]),
        ([{"id": "asc"}, {"id": "asc"}], [("orderBy/1/id", "duplicate-key")]),
        ([{name: "asc"} for name in ("name", "slug", "stars", "price", "id")], []),
        (
            [{name: "asc"} for name in ("name", "slug", "stars", "price", "rating", "id")],
            [("orderBy", "too-many")],
        ),
    ],
)
def test_orders(order: Any, expected: Found) -> None:
    assert order_problems(order) == expected


def _nested(levels: int) -> Any:
    wanted: Any = {"name": {"eq": "a"}}
    for level in range(levels):
        wanted = {"NOT": wanted} if level % 2 else {"AND": [wanted]}
    return wanted


def _hops(count: int) -> Any:
    """`count` relations in a row from members: install, its parent, its parent, …"""
    wanted: Any = {}
    for _ in range(count - 1):
        wanted = {"parent": wanted}
    return {"install": wanted}


def test_a_filter_nests_ten_deep() -> None:
    assert filter_problems(_nested(10)) == []
    assert [code for _, code in filter_problems(_nested(11))] == ["too-deep"]
    assert filter_problems(_nested(11))[0][0].startswith("filter/AND/0/NOT/AND/0/")
    assert [code for _, code in filter_problems(_nested(40))] == ["too-deep"]


def test_a_filter_has_two_hundred_nodes() -> None:
    def wide(count: int) -> Any:
        return {"OR": [{"name": "a"}] * (count - 1)}

    assert filter_problems(wide(200)) == []
    assert filter_problems(wide(201)) == [("filter/OR/199/name", "too-many-nodes")]
    assert filter_problems({"AND": [{"nope": 1}, *wide(400)["OR"]]})[0] == ("filter/AND/0/nope", "unknown-field")


def test_a_filter_follows_three_relations_in_a_row() -> None:
    assert filter_problems(_hops(3), MEMBERS) == []
    assert filter_problems(_hops(4), MEMBERS) == [("filter/install/parent/parent/parent", "too-many-hops")]
    side = {"AND": [{"app": {}}] * 4, "members": {"some": {"install": {"app": {}}}}}
    assert filter_problems(side, INSTALLS) == []


def test_a_list_has_a_thousand_values() -> None:
    assert filter_problems({"stars": {"in": [1] * 1000}}) == []
    assert filter_problems({"stars": {"notIn": [1] * 1001}}) == [("filter/stars/notIn", "too-many")]


def test_a_string_has_1024_characters() -> None:
    assert filter_problems({"name": "é" * 1024}) == []
    assert filter_problems({"name": {"in": ["a", "b" * 1025]}}) == [("filter/name/in/1", "too-long")]


def test_a_filter_has_sixteen_kibibytes() -> None:
    def padded(size: int) -> str:
        text = '{"name":"é"}'
        return text + " " * (size - len(text.encode()))

    assert problems(filter=padded(16 * 1024)) == []
    assert problems(filter=padded(16 * 1024 + 1)) == [("filter", "too-long")]
    assert problems(orderBy="[" + " " * 16 * 1024 + "]") == [("orderBy", "too-long")]


def test_no_text_raises_anything_but_problems() -> None:
    choice = random.Random("fuzz")
    seeds = [
        json.dumps({"AND": [{"name": {"contains": "x"}}, {"stars": 1.5e3}], "installs": {"some": {"note": None}}}),
        json.dumps([{"name": "asc"}, {"createdAt": "desc_nulls_last"}]),
    ]
    for _ in range(4000):
        text = list(choice.choice(seeds))
        for _ in range(choice.randrange(1, 6)):
            text[choice.randrange(len(text))] = choice.choice('{}[]",:\\u0eE+-.\0\ud800é1null true')
        problems(
            filter="".join(text), orderBy="".join(text), ids="".join(text), name="".join(text), stars="".join(text)
        )
