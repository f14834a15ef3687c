"""The auth config: types on write, the rest at publish."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import auth_config

OAUTH = {"type": "oauth2", "authorizeUrl": "https://a.example/auth", "tokenUrl": "https://a.example/token"}


def found(problems):
    return [(problem.pointer, problem.code) for problem in problems]


@pytest.mark.parametrize("tree", [{}, {"type": "whatever"}, {"type": "oauth2"}, {"scopes": [""], "tokenUrl": "later"}])
def test_a_draft_may_be_unfinished(tree):
    assert list(auth_config.type_problems(tree)) == []


@pytest.mark.parametrize(
    ("tree", "problems"),
    [
        (None, [("", "wrong-type")]),
        ([], [("", "wrong-type")]),
        ({"type": None}, [("/type", "wrong-type")]),
        ({"type": 1, "secret": "x"}, [("/type", "wrong-type"), ("/secret", "unknown-key")]),
        ({"x-note": 1}, [("/x-note", "unknown-key")]),
        ({"scopes": "a b"}, [("/scopes", "wrong-type")]),
        ({"scopes": ["a", 1]}, [("/scopes/1", "wrong-type")]),
        ({"scopes": ["a"] * 201}, [("/scopes", "too-many")]),
        ({"tokenUrl": "x" * 2_049}, [("/tokenUrl", "too-long")]),
    ],
)
def test_types_are_checked_on_write(tree, problems):
    assert found(auth_config.type_problems(tree)) == problems


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"type": "none"},
        {"type": "api_key"},
        {"type": "api_key", "authHeaderName": "X-Api-Key", "authValuePrefix": ""},
        {"type": "api_key", "authHeaderName": "Authorization", "authValuePrefix": "Bearer "},
        OAUTH,
        OAUTH | {"scopes": ["read", "https://a.example/scope", "a:b"], "callbackUrl": "https://b.example/cb"},
    ],
)
def test_a_sound_config_may_be_published(tree):
    assert list(auth_config.type_problems(tree)) == []
    assert list(auth_config.publish_problems(tree)) == []


@pytest.mark.parametrize(
    ("tree", "problems"),
    [
        ({"type": ""}, [("/type", "unknown-value")]),
        ({"type": "OAuth2"}, [("/type", "unknown-value")]),
        ({"type": "oauth2"}, [("/authorizeUrl", "missing-key"), ("/tokenUrl", "missing-key")]),
        (OAUTH | {"tokenUrl": "http://a.example"}, [("/tokenUrl", "invalid-url")]),
        (OAUTH | {"authorizeUrl": "https://u:p@a.example"}, [("/authorizeUrl", "invalid-url")]),
        ({"callbackUrl": "javascript:alert(1)"}, [("/callbackUrl", "invalid-url")]),
        *[
            ({"authHeaderName": name}, [("/authHeaderName", "malformed-header")])
            for name in ("", "X Key", "X:Y", "X\r\nY", "X\n", "ä", "x" * 201)
        ],
        *[
            ({"authValuePrefix": text}, [("/authValuePrefix", "malformed-header")])
            for text in ("a\r\nb", "\n", "a\x00", "ä", "x" * 201)
        ],
        *[({"scopes": [scope]}, [("/scopes/0", "malformed-scope")]) for scope in ("", "a b", 'a"', "a\\b", "a\n", "ä")],
        ({"scopes": ["a", "b", "a"]}, [("/scopes/2", "duplicate")]),
        (
            {"type": "?", "scopes": [""], "authHeaderName": "", "tokenUrl": "?"},
            [
                ("/type", "unknown-value"),
                ("/scopes/0", "malformed-scope"),
                ("/authHeaderName", "malformed-header"),
                ("/tokenUrl", "invalid-url"),
            ],
        ),
    ],
)
def test_publish_refuses_all_at_once(tree, problems):
    assert list(auth_config.type_problems(tree)) == []
    assert found(auth_config.publish_problems(tree)) == problems


@pytest.mark.parametrize(
    ("tree", "kind"), [({}, "none"), ({"type": "none"}, "none"), ({"type": "api_key"}, "api_key"), (OAUTH, "oauth2")]
)
def test_an_empty_config_asks_for_nothing(tree, kind):
    assert auth_config.auth_type(tree) == kind


keys = st.sampled_from(
    ["type", "scopes", "authHeaderName", "authValuePrefix", "authorizeUrl", "tokenUrl", "callbackUrl", "else"]
)


@given(
    st.dictionaries(keys, st.none() | st.text(max_size=9) | st.lists(st.text(max_size=5) | st.integers(), max_size=4))
)
@settings(max_examples=300, deadline=None)
def test_any_json_gets_problems_and_no_exception(tree):
    if not list(auth_config.type_problems(tree)):
        list(auth_config.publish_problems(tree))
