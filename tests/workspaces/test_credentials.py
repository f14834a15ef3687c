"""The shapes of credentials, what is shown of them, and their encryption."""

import secrets

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import ids
from graft.errors import Invalid
from graft.workspaces.credentials import ApiKeyCredentials, OAuth2Credentials, hint, read_credentials, seal, unseal
from graft.workspaces.models import AuthType

KEY = secrets.token_bytes(32)


@settings(max_examples=50)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_what_was_sealed_for_a_row_opens_for_it(value: str):
    workspace_id, row_id = ids.new_ids(2)
    sealed = seal(KEY, workspace_id, row_id, ApiKeyCredentials(value))
    assert unseal(KEY, workspace_id, row_id, sealed) == {"apiKey": value}


def test_it_opens_for_no_other_row_workspace_or_key():
    workspace_id, row_id, other = ids.new_ids(3)
    sealed = seal(KEY, workspace_id, row_id, ApiKeyCredentials("a very secret key"))
    assert unseal(KEY, workspace_id, row_id, sealed) == {"apiKey": "a very secret key"}
    for key, workspace, row in (
        (KEY, workspace_id, other),
        (KEY, other, row_id),
        (KEY, row_id, workspace_id),
        (secrets.token_bytes(32), workspace_id, row_id),
    ):
        with pytest.raises(InvalidTag):
            unseal(key, workspace, row, sealed)


def test_every_flipped_bit_is_noticed():
    workspace_id, row_id = ids.new_ids(2)
    sealed = seal(KEY, workspace_id, row_id, ApiKeyCredentials("key"))
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidTag):
            unseal(KEY, workspace_id, row_id, bytes(changed))


def test_the_same_credentials_are_never_sealed_alike():
    workspace_id, row_id = ids.new_ids(2)
    sealed = {seal(KEY, workspace_id, row_id, ApiKeyCredentials("key")) for _ in range(100)}
    assert len(sealed) == len({text[:12] for text in sealed}) == 100


def test_a_hint_shows_the_end_where_enough_stays_hidden():
    assert hint(ApiKeyCredentials("sk_live_0123456789")) == "…6789"
    assert hint(ApiKeyCredentials("0123456789abcdef")) == "…cdef"
    assert hint(ApiKeyCredentials("0123456789abcde")) == "…"
    assert hint(OAuth2Credentials("client-of-many-digits-42", "the secret of the client")) == "…s-42"


@pytest.mark.parametrize(
    ("kind", "tree", "problems"),
    [
        ("api_key", {}, {("/credentials/apiKey", "missing-key")}),
        ("api_key", {"apiKey": ""}, {("/credentials/apiKey", "invalid-value")}),
        ("api_key", {"apiKey": "two\nlines"}, {("/credentials/apiKey", "invalid-value")}),
        ("api_key", {"apiKey": "x" * 8193}, {("/credentials/apiKey", "too-long")}),
        ("api_key", {"apiKey": 1, "clientId": "x"}, {
            ("/credentials/apiKey", "wrong-type"), ("/credentials/clientId", "unknown-key"),
        }),
        ("oauth2", {"clientId": "x"}, {("/credentials/clientSecret", "missing-key")}),
        ("oauth2", {"clientId": "x", "clientSecret": "y", "accessToken": []}, {
            ("/credentials/accessToken", "wrong-type"),
        }),
        ("oauth2", {"apiKey": "x"}, {
            ("/credentials/apiKey", "unknown-key"), ("/credentials/clientId", "missing-key"),
            ("/credentials/clientSecret", "missing-key"),
        }),
    ],
)  # fmt: skip
def test_credentials_have_exactly_their_types_keys(
    kind: AuthType, tree: dict[str, object], problems: set[tuple[str, str]]
):
    with pytest.raises(Invalid) as raised:
        read_credentials(kind, tree)
    assert {(problem.pointer, problem.code) for problem in raised.value.problems} == problems


def test_absent_tokens_are_not_stored_as_null():
    workspace_id, row_id = ids.new_ids(2)
    given_ = read_credentials("oauth2", {"clientId": "x", "clientSecret": "y", "refreshToken": "z"})
    opened = unseal(KEY, workspace_id, row_id, seal(KEY, workspace_id, row_id, given_))
    assert opened == {"clientId": "x", "clientSecret": "y", "refreshToken": "z"}
