"""The auth config: which credentials an install needs, where they are obtained, and how they are sent."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from graft.errors import Problem
from graft.jsontext import Json
from graft.manifest.shapes import array, at, problems_of, record, text
from graft.manifest.urls import https_url_problem

AuthType = Literal["none", "api_key", "oauth2"]

MAX_TEXT = 2_048
MAX_SCOPES = 200
MAX_HEADER = 200
_URLS = ("authorizeUrl", "tokenUrl", "callbackUrl")
# The keys that a type requires.
NEEDED = {"oauth2": ("authorizeUrl", "tokenUrl")}
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, 3.3
VISIBLE = re.compile(r"[\x20-\x7e]*")


def type_problems(tree: Json) -> Iterator[Problem]:
    """What keeps a draft's auth config from being stored: unknown keys, wrong types, sizes. `{}` has none."""
    short = text(MAX_TEXT)
    shape = record(
        {},
        {
            "type": short,
            "scopes": array(short, MAX_SCOPES),
            "authHeaderName": short,
            "authValuePrefix": short,
            "authorizeUrl": short,
            "tokenUrl": short,
            "callbackUrl": short,
        },
    )
    return problems_of(shape, tree)


def publish_problems(tree: Json) -> Iterator[Problem]:
    """Everything that publish refuses in an auth config without `type_problems`."""
    yield from _auth_type_problems(tree)
    yield from _scope_problems(tree)
    yield from _header_problems(tree)
    yield from _url_problems(tree)


def auth_type(tree: Mapping[str, Json]) -> str:
    """The type of an auth config: an `AuthType` once it has no `publish_problems`. That of `{}` is `none`."""
    return tree.get("type", "none")


def _auth_type_problems(tree: Mapping[str, Json]) -> Iterator[Problem]:
    kind = auth_type(tree)
    if kind not in get_args(AuthType):
        yield at(("type",), "unknown-value", f"type is one of {', '.join(get_args(AuthType))}.")
    for key in NEEDED.get(kind, ()):
        if key not in tree:
            yield at((key,), "missing-key", f"{key!r} is required for {kind}.")


def _scope_problems(tree: Mapping[str, Json]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, scope in enumerate(tree.get("scopes", ())):
        if not SCOPE.fullmatch(scope):
            detail = "A scope is visible ASCII without spaces, quotes and backslashes; each is an item of its own."
            yield at(("scopes", place), "malformed-scope", detail)
        if scope in seen:
            yield at(("scopes", place), "duplicate", f"{scope[:128]!r} stands there already.")
        seen.add(scope)


def _header_problems(tree: Mapping[str, Json]) -> Iterator[Problem]:
    name = tree.get("authHeaderName")
    if name is not None and not (TOKEN.fullmatch(name) and len(name) <= MAX_HEADER):
        detail = f"A header's name is an HTTP token of at most {MAX_HEADER} characters."
        yield at(("authHeaderName",), "malformed-header", detail)

    prefix = tree.get("authValuePrefix")
    if prefix is not None and not (VISIBLE.fullmatch(prefix) and len(prefix) <= MAX_HEADER):
        detail = f"What stands before the value is printable ASCII, at most {MAX_HEADER} characters, without line ends."
        yield at(("authValuePrefix",), "malformed-header", detail)


def _url_problems(tree: Mapping[str, Json]) -> Iterator[Problem]:
    for key in _URLS:
        detail = https_url_problem(tree[key]) if key in tree else None
        if detail:
            yield at((key,), "invalid-url", detail)
