"""The rows that upgrades read, as the program holds them."""

from collections.abc import Sequence

import msgspec

from graft.ids import Id


class NamingEntity(msgspec.Struct, frozen=True):
    """An entity whose text names others."""

    id: Id
    kind: str
    refs: Sequence[Id]
