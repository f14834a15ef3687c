"""The fingerprint of all that a plan was made from: two that are equal make the same plan. Pure."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from graft.installs.requirements import relevant
from graft.installs.rows import ActiveInstall, InstallRow
from graft.upgrades.move import Move

# The install's own row, and what it reads with. How its integration is called is no part of what is done.
_OF_INSTALL = (*InstallRow.__struct_fields__, "auth_type", "auth_lives", "given", "filled")


def fingerprint(moves: Sequence[Move], active: Sequence[ActiveInstall]) -> bytes:
    """SHA-256 over the installs, the rows of their members and clones, the versions, and the installs around them."""
    digest = hashlib.sha256()
    for text in _texts(moves, active):
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    return digest.digest()


def _texts(moves: Sequence[Move], active: Sequence[ActiveInstall]) -> Iterable[bytes]:
    encode = msgspec.json.Encoder().encode
    for move in moves:
        yield encode([getattr(move.row, name) for name in _OF_INSTALL])
        yield encode([move.version.id, move.settled.auth_state_id, move.settled.accepted_permissions])
        yield encode([*move.rows.images.values()])
        clones = sorted(move.rows.clones.values(), key=lambda clone: clone.image.id)
        yield encode([[clone.image, clone.base_id, clone.version_id] for clone in clones])
    yield encode(relevant({move.row.id: move.version for move in moves}, active))
