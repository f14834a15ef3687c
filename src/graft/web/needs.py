"""What a caller must have somewhere for a call to be possible: who has not is refused before the body is read."""

from collections.abc import Callable
from dataclasses import dataclass

from graft.auth.caller import NOBODY, Caller, Tier
from graft.errors import Forbidden, GraftError, NotFound


@dataclass(frozen=True, slots=True)
class Need:
    """A condition of the caller alone. Whether it may do it with the object or in the workspace, the operation says.

    `detail`: what is said to whom it is not met; none where the call is as absent to whom may not make it.
    `of_workspace`: whether it is about a role in a workspace.
    """

    met_by: Callable[[Caller], bool]
    detail: str = ""
    of_workspace: bool = False

    def refusal(self, caller: Caller) -> GraftError:
        """To a user without a role every workspace is absent, and so is what is asked for there."""
        sees_none = caller.kind == "session" and caller.workspaces()[0] == NOBODY and self.of_workspace
        return NotFound() if sees_none or not self.detail else Forbidden(self.detail)


def role(tier: Tier, *, granted: bool = False, hidden: bool = False) -> Need:
    """This tier in a workspace. `granted`: a grant to the user, who may have no role anywhere, is as good."""

    def met_by(caller: Caller) -> bool:
        by_grant = granted and caller.kind == "session"
        return by_grant or caller.platform_admin or caller.workspaces(tier)[0] != NOBODY

    detail = "" if hidden else f"This needs the tier {tier.name.lower()}, which you have nowhere."
    return Need(met_by, detail, of_workspace=True)


EDITOR = role(Tier.EDITOR)
ADMIN = role(Tier.ADMIN)
EDITOR_OF_OBJECT = role(Tier.EDITOR, granted=True)
ADMIN_OF_OBJECT = role(Tier.ADMIN, granted=True)
HIDDEN_BELOW_ADMIN = role(Tier.ADMIN, granted=True, hidden=True)
A_USER = Need(
    lambda caller: caller.kind == "session", "A key acts in its own workspace; only a user makes another one."
)
PLATFORM_ADMIN = Need(lambda caller: caller.platform_admin, "Only a platform admin makes this call.")
