"""The keys derived from the installation's one secret, each for one use, so that none can stand in for another."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class Secrets:
    """32 bytes each: `tokens` hashes tokens, `cursors` signs cursors, `credentials` encrypts auth states.

    `check` stands in the database, and tells this secret from others.
    """

    tokens: bytes
    cursors: bytes
    credentials: bytes
    check: bytes


def derive(secret: bytes) -> Secrets:
    uses = (b"graft tokens 1", b"graft cursors 1", b"graft credentials 1", b"graft check 1")
    return Secrets(*(_derived(secret, use) for use in uses))


def _derived(secret: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(secret)
