"""The version id of a text that no row holds: a function of all that it is rendered from."""

import hashlib
from collections.abc import Mapping, Sequence

from graft import ids, jsontext
from graft.ids import Id
from graft.jsontext import Json


def rendered_version_id(
    entity_id: Id,
    template_id: int,
    variables: Mapping[str, Json],
    named_variables: Sequence[str],
    members: Mapping[str, Id],
    named_members: Sequence[str],
) -> Id:
    """What reads the same has the same version id, and what reads otherwise another one (a UUIDv8).

    `named_variables` and `named_members` are what the template asks for, in its order.
    """
    values = [variables.get(name) for name in named_variables]
    found = [members.get(slug) for slug in named_members]
    digest = hashlib.blake2b(jsontext.encode([entity_id, template_id, values, found]), digest_size=16).digest()
    raw = bytearray(digest)
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return ids.encode(bytes(raw))
