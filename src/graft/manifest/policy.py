"""Member policies: which members an install takes if it selects none by name."""

from typing import Literal

# All members; the required ones and those with `defaultEnabled`; only the required ones.
MemberPolicy = Literal["auto_all", "auto_defaults", "manual"]

DEFAULT_POLICY: MemberPolicy = "auto_defaults"
