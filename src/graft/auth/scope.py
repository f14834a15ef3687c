"""What decides which rows of a list there are: who asks, and the options of this list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graft.auth.caller import Caller
from graft.listing import Resource


@dataclass(frozen=True, slots=True)
class Scope:
    """The caller, and options such as `source` that are parameters of one list alone."""

    caller: Caller
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


ListResource = Resource[Scope]
