"""From what was sent to typed values: path id, parameters, body; what does not fit is refused with every problem."""

from typing import Any

import msgspec
import pytest

from graft.errors import Invalid, NotFound, TooLarge, Unsupported
from graft.web.context import Process
from tests.web.stages import decoded, endpoint, process, request

# the same in each process of the tests
INT = "01m8f85ypzenja9cew705pga2d"


class Query(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    at_least: int = 0
    name: str | None = None


class Body(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    size: int = 1


def _name_of(text: str, _process: Process) -> str | None:
    return text.upper() if text.isalpha() else None


@pytest.mark.parametrize(
    ("path_id", "text", "found"),
    [
        ("int", f"int_{INT}", INT),
        ("int", f"ent_{INT}", None),
        ("int", INT, None),
        ("int", "int_", None),
        ("int", f"int_{INT}0", None),
        (_name_of, "abc", "ABC"),
        (_name_of, "a1", None),
    ],
)
async def test_the_id_of_the_path_is_read_or_there_is_no_such_thing(path_id: Any, text: str, found: str | None):
    asked = decoded(endpoint(path_id=path_id), request(path_id=text), process())
    if found is None:
        with pytest.raises(NotFound):
            await asked
    else:
        assert (await asked).positional == [found]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("", Query()),
        ("atLeast=2&name=a", Query(2, "a")),
        ("name=", Query(name="")),
        ("name=a%20b+c%C3%A9", Query(name="a b cé")),
        ("&&name=a&", Query(name="a")),
    ],
)
async def test_parameters_are_the_query(query: str, value: Query):
    assert (await decoded(endpoint(query=Query), request(query=query), process())).named == {"query": value}


@pytest.mark.parametrize(
    ("declared", "query", "problems"),
    [
        (Query, "name=a&name=a", [("name", "repeated-parameter")]),
        (Query, "nam=a&atLeast=x", [("nam", "unknown-parameter"), ("atLeast", "wrong-type")]),
        (Query, "atLeast=x&at_least=1", [("at_least", "unknown-parameter"), ("atLeast", "wrong-type")]),
        (None, "a=1&b=&a=2", [("a", "unknown-parameter"), ("b", "unknown-parameter")]),
        (None, "x" * 200, [("x" * 100, "unknown-parameter")]),
    ],
)
async def test_parameters_that_do_not_fit_are_all_named(declared: Any, query: str, problems: list[tuple[str, str]]):
    with pytest.raises(Invalid) as caught:
        await decoded(endpoint(query=declared), request(query=query), process())
    assert sorted((problem.pointer, problem.code) for problem in caught.value.problems) == sorted(problems)


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("name=%ff", [("name", "not-utf-8")]),
        ("a=1&na+me=%ed%a0%80&b", [("na me", "not-utf-8")]),
        ("na%c3me=1", [("na\N{REPLACEMENT CHARACTER}me", "not-utf-8")]),
        # as bytes, not escaped
        ("name=\xff", [("name", "not-utf-8")]),
        ("name=%zz&ids=%ff", [("name", "invalid-escape"), ("ids", "not-utf-8")]),
        ("name=%4", [("name", "invalid-escape")]),
        ("name=100%", [("name", "invalid-escape")]),
        ("x" * 200 + "=%", [("x" * 100, "invalid-escape")]),
        ("%00=%ff", [("\N{REPLACEMENT CHARACTER}", "not-utf-8")]),
    ],
)
@pytest.mark.parametrize("declared", [{"query": Query}, {"list_resource": object()}, {}], ids=["query", "list", "none"])
async def test_a_query_that_cannot_be_read_is_not_guessed_at(
    query: str, problems: list[tuple[str, str]], declared: dict[str, Any]
):
    with pytest.raises(Invalid) as caught:
        await decoded(endpoint(**declared), request(query=query), process())
    assert [(problem.pointer, problem.code) for problem in caught.value.problems] == problems


async def test_a_query_may_hold_utf_8_as_it_is():
    sent = request(query="name=" + "é😀".encode().decode("latin-1"))
    assert (await decoded(endpoint(query=Query), sent, process())).named == {"query": Query(name="é😀")}


async def test_a_list_is_given_its_parameters_as_they_were_sent():
    asked = decoded(endpoint(list_resource=object()), request(query="ids=a&ids=b&limit="), process())
    assert (await asked).named == {"query": [("ids", "a"), ("ids", "b"), ("limit", "")]}


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        (None, True),
        ("application/json", True),
        ("Application/JSON ; charset=utf-8", True),
        ("application/json;charset=UTF8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; charset=utf-16", False),
        ('application/json; x=y; Charset="iso-8859-1"', False),
        ("application/merge-patch+json; charset=latin1", False),
        ("application/merge-patch+json", True),
        ("application/problem+JSON", True),
        ("", False),
        ("text/json", False),
        ("text/x+json", False),
        ("application/jsonp", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=application/json", False),
    ],
)
async def test_a_body_is_taken_by_its_media_type(content_type: str | None, taken: bool):
    headers = {} if content_type is None else {"Content-Type": content_type}
    sent = request("POST", body=[b'{"na', b'me": "a"}'], headers=headers)
    asked = decoded(endpoint("POST", body=Body), sent, process())
    if taken:
        assert (await asked).named == {"body": Body("a")}
    else:
        with pytest.raises(Unsupported):
            await asked


@pytest.mark.parametrize(
    ("encoding", "taken"), [("identity", True), (" Identity ", True), ("gzip", False), ("", False)]
)
async def test_a_body_comes_as_it_is(encoding: str, taken: bool):
    sent = request("POST", body=[b'{"name": "a"}'], headers={"Content-Encoding": encoding})
    asked = decoded(endpoint("POST", body=Body), sent, process())
    if taken:
        assert (await asked).named == {"body": Body("a")}
    else:
        with pytest.raises(Unsupported):
            await asked


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", {("", "invalid-json")}),
        (b" \n", {("", "invalid-json")}),
        (b"{", {("", "invalid-json")}),
        (b"[]", {("", "wrong-type")}),
        (b'{"size": "x", "more": 1}', {("/name", "missing-key"), ("/size", "wrong-type"), ("/more", "unknown-key")}),
    ],
)
async def test_a_body_that_does_not_fit_has_all_its_problems(content: bytes, problems: set[tuple[str, str]]):
    with pytest.raises(Invalid) as caught:
        await decoded(endpoint("POST", body=Body), request("POST", body=[content]), process())
    assert {(problem.pointer, problem.code) for problem in caught.value.problems} == problems


async def test_a_body_may_be_left_out_where_it_is_optional():
    declared = endpoint("POST", body=Body, body_optional=True)
    assert (await decoded(declared, request("POST", headers={"Content-Type": "text/x"}), process())).named == {
        "body": None
    }
    assert (await decoded(declared, request("POST", body=[b'{"name": "a"}']), process())).named == {"body": Body("a")}


async def test_a_raw_body_is_given_as_it_is_whatever_its_type():
    sent = request("POST", body=[b"\xff", b"\x00"], headers={"Content-Type": "text/x", "Content-Encoding": "gzip"})
    assert (await decoded(endpoint("POST", body_raw=True), sent, process())).named == {"body": b"\xff\x00"}


@pytest.mark.parametrize(
    ("length", "body", "fits"),
    [
        ("10", [b"1234567890"], True),
        (None, [b"12345", b"67890"], True),
        # what it says is enough, and what comes
        ("11", [], False),
        (None, [b"123456", b"78901"], False),
    ],
)
async def test_a_body_is_at_most_as_long_as_its_limit(length: str | None, body: list[bytes], fits: bool):
    headers = {} if length is None else {"Content-Length": length}
    asked = decoded(endpoint("POST", body_raw=True), request("POST", body=body, headers=headers), process(max_body=10))
    if fits:
        assert (await asked).named == {"body": b"1234567890"}
    else:
        with pytest.raises(TooLarge):
            await asked


async def test_path_query_and_body_come_together():
    declared = endpoint("PATCH", path_id="int", query=Query, body=Body)
    sent = request("PATCH", path_id=f"int_{INT}", query="name=q", body=[b'{"name": "b"}'])
    found = await decoded(declared, sent, process())
    assert (found.positional, found.named) == ([INT], {"query": Query(name="q"), "body": Body("b")})


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Length": "5"}, [b"hello"]),
        ({"Content-Length": "2"}, [b"{}"]),
        ({"Transfer-Encoding": "chunked"}, [b"", b"x"]),
        # what never comes is not waited for
        ({"Content-Length": "10"}, []),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_body_where_none_belongs_is_refused(method: str, headers: dict[str, str], body: list[bytes]):
    with pytest.raises(Invalid) as caught:
        await decoded(endpoint(method), request(method, body=body, headers=headers), process())
    assert [(problem.pointer, problem.code) for problem in caught.value.problems] == [("", "unexpected-body")]


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}, {"Transfer-Encoding": "chunked"}])
async def test_a_body_of_no_bytes_is_none(headers: dict[str, str]):
    assert (await decoded(endpoint("POST"), request("POST", headers=headers), process())).named == {}
