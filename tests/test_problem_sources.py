"""Whoever looks for problems builds no more of them than are told: counted, in each source, with faults without end."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from typing import Any

import msgspec
import pytest

from graft import ids, jsontext
from graft.errors import MAX_PROBLEM_BYTES, MAX_PROBLEMS, GraftError, Invalid, Problem, Problems, raise_if_any
from graft.installs.models import InstallRequest
from graft.integrations.listing import LIST
from graft.jsontext import Json, StrictReader
from graft.kinds.registry import load_kinds
from graft.listing import ListingError, read_query
from graft.manifest import auth_config, manifest, variables
from graft.manifest.schemas import compile_schema
from graft.openapi_import import LIMITS, Oddities, extract, read_document
from graft.templates import references
from graft.versions.compose import Rules, all_problems, compose
from graft.versions.rows import DraftEntity
from graft.web.structs import from_parameters, to_struct
from tests.support.catalog import CATALOG

MANY = 20_000
LONG = "k" * 50_000
KINDS = load_kinds()


@contextmanager
def counted() -> Generator[Callable[[], int]]:
    """Counts the problems that are built."""
    code, built = Problem.__post_init__.__code__, count()
    total = 0

    def note(frame: Any, event: str, _argument: object) -> None:
        nonlocal total
        if event == "call" and frame.f_code is code:
            total = next(built) + 1

    sys.setprofile(note)
    try:
        yield lambda: total
    finally:
        sys.setprofile(None)


def _document(**sections: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **sections}


def _draft() -> Problems:
    """A member of a draft that names what is no member, and asks for variables that are none."""
    named = [f"fun_{ids.new_id()}" for _ in range(MANY // 4)]
    text = jsontext.encode({LONG: named, "t": ["${ variables.x } ${variables.y}"] * MANY})
    refs = references(text, KINDS.prefixes)
    one = DraftEntity(ids.new_id(), ids.new_id(), "function", "a", "a", None, "a", text, refs, False, False)  # type: ignore[arg-type]
    entry = {"slug": "a", "entityId": f"fun_{one.id}", "kind": "function"}
    parsed = manifest.parse({"members": [entry] + [{"slug": "b", "entityId": "c", "kind": "d"}] * 10})
    _, broken = compose(parsed, {one.id: one}, Rules({}, KINDS, 10_000_000))
    return all_problems(broken)


def _published(**keys: Any) -> Problems:
    return Problems(manifest.publish_problems(manifest.parse(keys), ("function",)))


MEMBER = {"slug": "A", "entityId": "e", "kind": "k"}
TEXTS = {"type": "object", "properties": {"a": {"items": {"type": "string"}}}}
SOURCES: dict[str, Callable[[], object]] = {
    "keys that stand twice": lambda: StrictReader().read(
        f'{{"{LONG}":{{' + ",".join(f'"{at}":1,"{at}":1' for at in range(MANY)) + "}}"
    ),
    "texts": lambda: StrictReader().read(json.dumps({LONG: ["\0"] * MANY})),
    "items of a list": lambda: to_struct({"workspaceId": "x", "acceptPermissions": [1] * MANY}, InstallRequest),
    "unknown keys": lambda: to_struct({f"{LONG[:2_000]}{at}": 1 for at in range(MANY)}, InstallRequest),
    "parameters": lambda: from_parameters({f"{at}": "" for at in range(MANY)}, InstallRequest),
    "types of a manifest": lambda: Problems(manifest.type_problems({"members": [{"slug": 1}] * 10_000})),
    "keys of a manifest": lambda: Problems(manifest.type_problems({f"{LONG[:2_000]}{at}": 1 for at in range(MANY)})),
    "members": lambda: _published(members=[MEMBER] * 10_000),
    "dependsOn": lambda: _published(members=[{**MEMBER, "dependsOn": ["x"] * MANY}]),
    "dependencies": lambda: _published(dependencies=[{"integration": "x" * 999, "range": "?"}] * MANY),
    "types of an auth config": lambda: Problems(auth_config.type_problems(dict.fromkeys(map(str, range(MANY)), 1))),
    "scopes": lambda: Problems(auth_config.publish_problems({"type": "none", "scopes": [" "] * MANY})),
    "schema of variables": lambda: variables.lint(
        {"properties": {f"{'n' * 200}{at}": {"type": 1} for at in range(2_000)}}
    ),
    "circles": lambda: variables.lint(
        {"properties": {f"a{at}": {"$ref": f"#/properties/a{at}"} for at in range(5_000)}}
    ),
    "values of variables": lambda: variables.check_values(TEXTS, {"a": [1] * 5_000}),
    "unknown variables": lambda: variables.check_values(TEXTS, {f"{LONG[:2_000]}{at}": 1 for at in range(MANY)}),
    "defaults": lambda: variables.check_partial(TEXTS, {f"{LONG[:2_000]}{at}": 1 for at in range(MANY)}),
    "schema of a kind": lambda: Problems(compile_schema({"items": {"type": "string"}}).problems([1] * MANY)),
    "members of a draft": _draft,
    "filter": lambda: read_query(
        LIST.resource, [("filter", json.dumps({f"f{at}": 1 for at in range(1_200)}))], CATALOG
    ),
    "parameters of a list": lambda: read_query(
        LIST.resource, [(f"p{at}", "") for at in range(MANY)], CATALOG
    ),
    "aliases": lambda: read_document(
        b"a: [" + b"*none, " * MANY + b"]", LIMITS, Oddities()
    ),
    "references of a document": lambda: extract(
        _document(paths={"/" + LONG: {"get": {"parameters": [{"$ref": f"#/no/{at}"} for at in range(MANY)]}}})
    ),
    "paths of a document": lambda: extract(_document(paths={f"{LONG[:2_000]}{at}": {} for at in range(MANY)})),
}  # fmt: skip


def _told(source: Callable[[], object]) -> Problems:
    try:
        found = source()
    except (GraftError, ListingError) as error:
        return error.problems
    assert isinstance(found, Problems)
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_builds_no_more_than_is_told(name: str):
    with counted() as built:
        told = _told(SOURCES[name])

    assert 0 < len(told) <= MAX_PROBLEMS
    assert told.left_out >= 1
    assert len(msgspec.json.encode(told.found)) <= MAX_PROBLEM_BYTES
    # one more shows that there is more; each may be built a second time to be seen from another root
    assert len(told) <= built() <= 2 * (len(told) + 1)


def test_what_is_raised_is_bounded_wherever_it_comes_from():
    def endless() -> Generator[Problem]:
        for at in count():
            yield Problem(f"/{at}", "wrong", "No.")

    with counted() as built, pytest.raises(Invalid) as caught:
        raise_if_any(endless())
    assert (len(caught.value.problems), built()) == (MAX_PROBLEMS, MAX_PROBLEMS + 1)


def test_a_manifest_that_is_right_builds_nothing():
    members: list[Json] = [{"slug": f"m{at}", "entityId": "e", "kind": "k", "dependsOn": ["a"]} for at in range(1_000)]
    with counted() as built:
        assert list(manifest.type_problems({"members": members, "x-a": 1})) == []
    assert built() == 0
