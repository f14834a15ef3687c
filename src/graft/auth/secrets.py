"""Derive keys from the installation's one secret: one for each use, so that none can be used for another."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of 32 bytes.

    tokens: hashes tokens
    cursors: signs the cursors of lists
    credentials: encrypts auth states
    check: no key; it is stored in the database, to tell this secret from others
    """

    tokens: bytes
    cursors: bytes
    credentials: bytes
    check: bytes


def derive(secret: bytes) -> Secrets:
    """The keys of a secret of any length."""
    uses = (b"graft tokens 1", b"graft cursors 1", b"graft credentials 1", b"graft check 1")
    return Secrets(*(_derived(secret, use) for use in uses))


def _derived(secret: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(secret)
