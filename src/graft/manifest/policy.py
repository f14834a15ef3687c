"""Which members an install takes when it names none."""

from typing import Literal

MemberPolicy = Literal["auto_all", "auto_defaults", "manual"]

DEFAULT_POLICY: MemberPolicy = "auto_defaults"
