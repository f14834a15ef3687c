"""The calls of plans and of undoing, one a function, and what is looked at of their replies."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET, UnsetType

from demo.calls import Party
from graft import jsontext
from graft.jsontext import Json

# slug → pointer → `mine`, `theirs` or `{"value": …}`
Decisions = Mapping[str, Mapping[str, Json]]


class Conflict(msgspec.Struct, frozen=True):
    pointer: str


class Member(msgspec.Struct, frozen=True):
    slug: str
    conflicts: list[Conflict]


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class Plan(msgspec.Struct, frozen=True):
    id: str
    summary: dict[str, int]
    members: list[Member]

    @property
    def conflicts(self) -> dict[str, list[str]]:
        """The pointers that are to be decided, by slug."""
        return {
            member.slug: [conflict.pointer for conflict in member.conflicts]
            for member in self.members
            if member.conflicts
        }


class Field(msgspec.Struct, frozen=True):
    """A place that the new version changes; a side that is absent has no key."""

    slug: str
    pointer: str
    by: str
    base: msgspec.Raw | UnsetType = UNSET
    target: msgspec.Raw | UnsetType = UNSET


class _Fields(msgspec.Struct, frozen=True, rename="camel"):
    data: list[Field]
    page_info: _Page


def plan(party: Party, install_id: str) -> Plan:
    """A plan that merges."""
    return _planned(party, f"/api/integration-installs/{install_id}/upgrade-plans", {"strategy": "merge"})


def resolve(party: Party, plan_id: str, decisions: Decisions) -> Plan:
    """The plan that follows from a plan and decisions on its conflicts."""
    return _planned(party, f"/api/upgrade-plans/{plan_id}/resolve", {"resolutions": decisions})


def _planned(party: Party, path: str, body: Json) -> Plan:
    content = jsontext.encode(body)
    text = party.client.text("POST", path, content=content, headers={"Content-Type": "application/json"})
    return msgspec.json.decode(text, type=Plan)


def fields(party: Party, plan_id: str, slug: str) -> Iterator[Field]:
    """What differs in a member of a plan."""
    after: str | None = None
    while True:
        query = {"member": slug, "limit": "1000", "after": after}
        text = party.client.text("GET", f"/api/upgrade-plans/{plan_id}/fields", parameters=query)
        page = msgspec.json.decode(text, type=_Fields)
        yield from page.data
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


def apply(party: Party, plan_id: str) -> None:
    party.client.call("POST", f"/api/upgrade-plans/{plan_id}/apply", {"reason": "the demonstration"})


def undo(party: Party, install_id: str) -> None:
    """The last operation of the install."""
    party.client.call("POST", f"/api/integration-installs/{install_id}/undo", {"reason": "the demonstration"})
