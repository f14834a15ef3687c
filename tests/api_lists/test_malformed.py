"""Whatever stands in the parameters of a list: it is a page, or a 400 that names the place of all that is wrong."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from urllib.parse import parse_qsl, quote, unquote_to_bytes

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graft.app import ENDPOINTS
from graft.listing import ListingError, Scalar, read_query
from graft.listing.errors import place
from graft.listing.resource import PARAMETERS
from graft.web.endpoint import Endpoint
from graft.web.lists import ListEndpoint
from tests.api_lists.scene import scene
from tests.support import database
from tests.support.catalog import CATALOG
from tests.support.client import As, Reply
from tests.support.world import running

pytestmark = pytest.mark.slow

LISTS = [call for call in ENDPOINTS if isinstance(call.operation, ListEndpoint)]
_ID = "01h455vb4pex5vsknk084sn02q"
# as they stand in JSON: no float holds some of these numbers, and no encoder writes some of these texts
_TOKENS = [
    *("null", "true", "false", "0", "-1", "1.0", "1.5", "1e400", "1e-400", "1e99999999", "9" * 20, "01", "+1", "NaN"),
    *("-Infinity", '"', '""', '"a"', '"%"', r'"\u0000"', r'"\ud800"', r'"\ud83d\ude00"', r'"\x"', '"\x01"', '"public"'),
    *('"asc"', '"desc_nulls_last"', '"up"', '"1.0.0"', '"2026-01-01T00:00:00Z"', '"0001-01-01T00:00:00+23:59"'),
    *('"9999-12-31T23:59:59.999999-00:01"', '"2026-02-30T00:00:00Z"', '"2026-01-01T00:00:60Z"', '"2026-01-01"'),
    *(f'"{prefix}_{_ID}"' for prefix in ("wsp", "usr", "int", "intver", "intins", "fun", "zzz", "")),
    *(f'"{prefix}_{"z" * 26}"' for prefix in ("wsp", "int")),
    *("<1024>", "<1025>", "<1000>", "<1001>"),
]
# written out last, as examples are kept small
_LONG = {
    "<1024>": f'"{"x" * 1024}"',
    "<1025>": f'"{"x" * 1025}"',
    "<1000>": f"[{','.join(['1'] * 1000)}]",
    "<1001>": f"[{','.join(['1'] * 1001)}]",
    "<16385>": "x" * 16_385,
}
# the client of the tests sends no longer address
_LONGEST = 60_000
_WORDS = ["AND", "OR", "NOT", "some", "every", "none", "eq", "ne", "in", "notIn", "lt", "gte", "contains", "isNull"]
_TAILS = ["", "", "", "", "%ff", "%00", "%ed%a0%80", "%f0%9f", "%c0%80", "%zz", "%", "+", ";"]


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


def _json(call: Endpoint) -> st.SearchStrategy[str]:
    """Text that is nearly a filter or an order: true names, wrong types, duplicate keys, any depth."""
    resource = call.list_resource
    names = st.sampled_from([*resource.fields, *resource.relations, *_WORDS, *_WORDS])
    keys = st.one_of(names, names, names, st.text(max_size=5)).map(json.dumps)
    tokens = st.one_of(st.sampled_from(_TOKENS), st.text(max_size=9).map(json.dumps))
    trees = st.recursive(
        tokens,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]"),
            st.lists(st.tuples(keys, inner), max_size=4).map(_object),
            st.lists(st.tuples(keys, inner), max_size=4).map(_object),
        ),
        max_leaves=12,
    )
    deep = st.builds(
        lambda key, depth, inner: f"{{{key}:" * depth + inner + "}" * depth,
        keys,
        st.sampled_from([2, 10, 11, 40, 900]),
        trees,
    )
    orders = st.lists(st.tuples(keys, tokens), max_size=7).map(
        lambda items: f"[{','.join(map(_object, _each(items)))}]"
    )
    near = st.sampled_from(
        [(name, operator) for name, field in resource.fields.items() for operator in sorted(field.scalar.operators)]
    ).flatmap(lambda found: tokens.map(lambda token: f'{{"{found[0]}":{{"{found[1]}":{token}}}}}'))
    whole = st.one_of(
        near,
        near,
        near,
        near.map(lambda text: f'{{"AND":[{text},{{"NOT":{text}}}]}}'),
        st.lists(st.tuples(keys, trees), max_size=3).map(_object),
        orders,
        trees,
        deep,
    )
    broken = st.builds(
        lambda text, at, junk: text[:at] + junk + text[at:], whole, st.integers(0, 60), st.text(max_size=2)
    )
    return st.one_of(whole, whole, whole, broken)


def _options(call: Endpoint) -> Mapping[str, Scalar]:
    assert isinstance(call.operation, ListEndpoint)
    return call.operation.options


def _each(items: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    return [[item] for item in items]


def _queries(call: Endpoint) -> st.SearchStrategy[bytes]:
    """The query string of some parameters, most of them known to the list."""
    known = [*sorted(PARAMETERS), *call.list_resource.shorthands, *_options(call)]
    texts = st.one_of(
        st.sampled_from([*_TOKENS, "1", "100", "0", "101", "-1", "true", "only", "TRUE", "", "<16385>"]),
        st.text(st.characters(), max_size=9),
        _json(call),
    )
    pairs = st.one_of(
        st.tuples(st.sampled_from(["filter", "orderBy"]), _json(call), st.just("")),
        st.tuples(st.sampled_from(known), texts, st.sampled_from(_TAILS)),
        st.tuples(st.text(max_size=4), texts, st.sampled_from(_TAILS)),
    )
    one = st.tuples(st.sampled_from(["filter", "orderBy"]), _json(call), st.just(""))
    return st.one_of(st.lists(one, min_size=1, max_size=1), st.lists(pairs, min_size=1, max_size=4)).map(
        lambda found: "&".join(f"{_quoted(name)}={_quoted(text)}{tail}" for name, text, tail in found).encode()
    )


def _quoted(text: str) -> str:
    for short, long in _LONG.items():
        text = text.replace(short, long)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def caller(_template: None, server_url: str, run: database.Run, runner: asyncio.Runner) -> Iterator[As]:
    """A platform admin, who may ask for every list, and finds something in most of them."""
    stack = AsyncExitStack()

    async def opened(url: str) -> As:
        world = await stack.enter_async_context(running(url, run.app_role))
        await scene(world)
        return await world.platform_admin()

    with database.made(server_url, run, template=run.template) as url:
        try:
            yield runner.run(opened(url))
        finally:
            runner.run(stack.aclose())


def _problems(call: Endpoint, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """What the library finds wrong, beside the parameters of this list alone."""
    try:
        read_query(call.list_resource, [pair for pair in pairs if pair[0] not in _options(call)], CATALOG)
    except ListingError as error:
        return {(problem.pointer, problem.code) for problem in error.problems}
    return set()


def _no_text(query: bytes) -> set[tuple[str, str]]:
    """The parameters whose bytes cannot be read as text."""
    found: set[tuple[str, str]] = set()
    for parameter in query.split(b"&"):
        name = unquote_to_bytes(parameter.partition(b"=")[0].replace(b"+", b" ")).decode(errors="replace")[:100]
        if any(not re.match(rb"[0-9A-Fa-f]{2}", escape) for escape in parameter.split(b"%")[1:]):
            found.add((place(name), "invalid-escape"))
            continue
        try:
            unquote_to_bytes(parameter).decode()
        except UnicodeDecodeError:
            found.add((place(name), "not-utf-8"))
    return found


def _check(call: Endpoint, query: bytes, reply: Reply) -> None:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    expected, names = _no_text(query) or _problems(call, pairs), {name for name, _ in pairs}
    if reply.status == 200:
        assert not expected
        return
    assert reply.status == 400, reply.json
    assert reply.problems >= expected
    assert expected or names & {"after", "before", *_options(call)}
    assert reply.problems
    places = [place(name[:100]) for name in names]
    for pointer, _ in reply.problems:
        assert any(pointer == name or pointer.startswith(name + "/") for name in places), pointer


@settings(max_examples=500)
@given(asked=st.one_of([st.tuples(st.just(number), _queries(call)) for number, call in enumerate(LISTS)]))
def test_no_parameter_is_an_error_of_ours_and_each_problem_has_its_place(
    asked: tuple[int, bytes], caller: As, runner: asyncio.Runner
) -> None:
    call = LISTS[asked[0]]
    assume(len(asked[1]) < _LONGEST)
    url = httpx.URL(f"http://graft{call.path}").copy_with(query=asked[1])
    reply = runner.run(caller("GET", str(url)))
    if reply.status != 414:
        _check(call, url.query, reply)


def test_every_list_is_asked() -> None:
    assert len(LISTS) > 10


@pytest.mark.parametrize("query", [b"limit=%ff", b"limit=1&limit=2", b"filter=%7B%22id%22%3A1%2C%22id%22%3A2%7D", b"%00=1", b"=", b"filter=%ed%a0%80", b"name=%ed%a0%80", b"name=a%00b", b"ids=%ff"])  # fmt: skip
def test_bytes_that_are_no_text_are_told_by_their_place(query: bytes, caller: As, runner: asyncio.Runner) -> None:
    call = next(call for call in LISTS if call.path == "/api/integrations")
    url = httpx.URL(f"http://graft{call.path}").copy_with(query=query)
    reply = runner.run(caller("GET", str(url)))
    _check(call, url.query, reply)
