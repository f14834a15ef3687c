"""Credentials of auth states: their shapes, the hint that replies show, and encryption that binds them to one row."""

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

_NONCE_BYTES = 12
# How many characters a hint shows.
_SHOWN_CHARS = 4
# How many must stay hidden: a hint shows nothing of a shorter value.
_HIDDEN_CHARS = 12

# Credentials are sent in headers and forms, so they have no line breaks and no control characters.
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
    """Check the `credentials` of a body. `Invalid` has every problem, its pointer counted from the body."""
    try:
        return to_struct(tree, _SHAPES[kind])
    except Invalid as error:
        raise error.under("/credentials") from None


def hint(credentials: Credentials) -> str:
    """`…` and the last characters of the key or client id; `…` alone where too little would stay hidden."""
    value = credentials.api_key if isinstance(credentials, ApiKeyCredentials) else credentials.client_id
    return "…" + (value[-_SHOWN_CHARS:] if len(value) >= _HIDDEN_CHARS + _SHOWN_CHARS else "")


def seal(key: bytes, workspace_id: Id, auth_state_id: Id, credentials: Credentials) -> bytes:
    """Encrypt with AES-256-GCM: 12 bytes of random nonce, then the ciphertext with its tag. `key` has 32 bytes.

    The row's ids are associated data, so what is copied into another row cannot be decrypted there.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(
        nonce, jsontext.encode(credentials), _associated_data(workspace_id, auth_state_id)
    )


def unseal(key: bytes, workspace_id: Id, auth_state_id: Id, sealed: bytes) -> Json:
    """Decrypt what `seal` made. `cryptography.exceptions.InvalidTag` for another key, another row or changed bytes."""
    text = AESGCM(key).decrypt(
        sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _associated_data(workspace_id, auth_state_id)
    )
    return jsontext.decode(text)


def _associated_data(workspace_id: Id, auth_state_id: Id) -> bytes:
    return b"auth_states" + ids.decode(workspace_id) + ids.decode(auth_state_id)
