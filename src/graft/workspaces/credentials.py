"""Credentials of auth states: their shapes, what may be shown of them, and their encryption, bound to one row."""

import secrets
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Meta

from graft import ids, jsontext
from graft.errors import Invalid
from graft.ids import Id
from graft.jsontext import Json
from graft.web.structs import to_struct
from graft.workspaces.models import AuthType

_NONCE = 12
# A value of which fewer characters than these stay hidden shows none.
_HIDDEN = 12
_SHOWN = 4

# They end up in headers and forms: no line breaks, no control characters.
Secret = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+\Z", max_length=8192)]


class ApiKeyCredentials(msgspec.Struct, frozen=True, rename="camel"):
    api_key: Secret


class OAuth2Credentials(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    client_id: Secret
    client_secret: Secret
    access_token: Secret | None = None
    refresh_token: Secret | None = None


Credentials = ApiKeyCredentials | OAuth2Credentials

_SHAPES: dict[AuthType, type[Credentials]] = {"api_key": ApiKeyCredentials, "oauth2": OAuth2Credentials}


def read_credentials(kind: AuthType, tree: Json) -> Credentials:
    """The credentials in a body's `credentials`; `Invalid` with every problem, at its pointer."""
    try:
        return to_struct(tree, _SHAPES[kind])
    except Invalid as error:
        problems = [found.under("/credentials") for found in error.problems]
        raise Invalid(error.detail, problems=problems) from None


def hint(credentials: Credentials) -> str:
    """The last characters of the key, or of the client's id, where enough of it stays hidden."""
    value = credentials.api_key if isinstance(credentials, ApiKeyCredentials) else credentials.client_id
    return "…" + (value[-_SHOWN:] if len(value) >= _HIDDEN + _SHOWN else "")


def seal(key: bytes, workspace_id: Id, auth_state_id: Id, credentials: Credentials) -> bytes:
    """AES-256-GCM under a random nonce, which comes first; only the row that it was made for opens it."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, jsontext.encode(credentials), _row(workspace_id, auth_state_id))


def unseal(key: bytes, workspace_id: Id, auth_state_id: Id, sealed: bytes) -> Json:
    """The credentials of a row; `cryptography.exceptions.InvalidTag` where they are not this row's."""
    opened = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _row(workspace_id, auth_state_id))
    return jsontext.decode(opened)


def _row(workspace_id: Id, auth_state_id: Id) -> bytes:
    return b"auth_states" + ids.decode(workspace_id) + ids.decode(auth_state_id)
