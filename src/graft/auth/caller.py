"""The caller of a request and what it may do: tiers by workspace and by grant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from graft.auth.tokens import Kind
from graft.ids import Id

# No row has this id. It stands in a list of workspaces that would be empty: an empty one would ask every shard of a
# cluster.
NOBODY = Id("0" * 26)


class Tier(IntEnum):
    """What a caller may do with an object. Each tier includes the lower ones; with NONE the caller does not see it."""

    NONE = 0
    VIEWER = 1
    EDITOR = 2
    ADMIN = 3

    @property
    def wire_name(self) -> str:
        """As it is called on the wire and in the database, such as `viewer`."""
        return self.name.lower()


def tier_of(name: str) -> Tier:
    """The tier by its name on the wire and in the database, such as `viewer`."""
    return Tier[name.upper()]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. A session is a user with a role in each of its workspaces; a key is one workspace with one tier.

    A publishable key has no role at all: it reads what is public, and by its id what is unlisted, from pages of
    `origins`.
    """

    key_id: Id
    kind: Kind
    user_id: Id
    roles: Mapping[Id, Tier] = field(default_factory=dict[Id, Tier])
    platform_admin: bool = False
    origins: frozenset[str] = frozenset()
    # the results of `workspaces`, as a cached caller serves many requests
    _found: dict[Tier, list[Id]] = field(default_factory=dict[Tier, list[Id]], init=False, repr=False, compare=False)

    @property
    def tenant(self) -> Id:
        """Whose share of the server it uses: a session its user's, a key its workspace's, as keys are made at will.

        A publishable key has a share of its own: whoever opens a page has it.
        """
        return self.user_id if self.kind == "session" else next(iter(self.roles), self.key_id)

    def tier_in(self, workspace_id: Id) -> Tier:
        """The caller's tier on everything that the workspace owns."""
        return Tier.ADMIN if self.platform_admin else self.roles.get(workspace_id, Tier.NONE)

    def workspaces(self, at_least: Tier = Tier.VIEWER) -> list[Id]:
        """The workspaces in which the caller has at least this tier; never empty."""
        found = self._found.get(at_least)
        if found is None:
            found = [workspace for workspace, tier in self.roles.items() if tier >= at_least] or [NOBODY]
            # equal lists are one object, by which statements see that they are one parameter
            found = next((known for known in self._found.values() if known == found), found)
            self._found[at_least] = found
        return found

    def subjects(self, at_least: Tier = Tier.VIEWER) -> list[Id]:
        """The subjects whose grants count for this caller: the workspaces, and the user if it is a session."""
        workspaces = self.workspaces(at_least)
        return [self.user_id, *workspaces] if self.kind == "session" else workspaces

    def granted(self, grants: Iterable[tuple[Id | None, Tier]]) -> Tier:
        """The highest tier that these grants (subject, tier) give the caller.

        A grant to a workspace gives at most the caller's role there. One to everybody (None) gives VIEWER.
        """
        return max((self._granted(subject, tier) for subject, tier in grants), default=Tier.NONE)

    def _granted(self, subject: Id | None, tier: Tier) -> Tier:
        if subject is None:
            return Tier.VIEWER
        if self.kind == "session" and subject == self.user_id:
            return tier
        return min(tier, self.roles.get(subject, Tier.NONE))
