"""Asks for plans and their fields, and reads them whole, page after page."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from graft import jsontext
from graft.cli.client import Client
from graft.cli.upgrades.wire import Field, Fields, Plan
from graft.jsontext import Json

# Told how many there are, and of how many.
Tell = Callable[[int, int], None]
_MOST_MEMBERS = 1_000
_MOST_FIELDS = 1_000

_plans = msgspec.json.Decoder(Plan)
_fields = msgspec.json.Decoder(Fields)


def posted(client: Client, path: str, body: Mapping[str, Json]) -> bytes:
    """The reply to what is sent, without the keys that say nothing."""
    content = jsontext.encode({name: value for name, value in body.items() if value})
    return client.text("POST", path, content=content, headers={"Content-Type": "application/json"})


def plan_of(text: bytes) -> Plan:
    return _plans.decode(text)


def whole_plan(client: Client, first: bytes, tell: Tell) -> bytes:
    """The reply of a plan with the members of all pages; as it came where there is but one."""
    if not plan_of(first).page_info.has_next_page:
        return first

    plan = jsontext.decode(first)
    page = plan["pageInfo"]
    while page["hasNextPage"]:
        tell(len(plan["members"]), page["total"])
        query = {"after": page["endCursor"], "limit": str(_MOST_MEMBERS)}
        more = client.call("GET", f"/api/upgrade-plans/{plan['id']}", None, **query)
        plan["members"] += more["members"]
        page = more["pageInfo"]
    return jsontext.encode({**plan, "pageInfo": page})


def field_pages(client: Client, plan_id: str, member_id: str | None = None) -> Iterator[bytes]:
    """The replies with the fields of a plan, or of one of its members."""
    after: str | None = None
    while True:
        query = {"limit": str(_MOST_FIELDS), "member": member_id, "after": after}
        text = client.text("GET", f"/api/upgrade-plans/{plan_id}/fields", parameters=query)
        yield text
        page = _fields.decode(text).page_info
        if not page.has_next_page:
            return
        after = page.end_cursor


def fields_of(pages: Iterator[bytes]) -> Iterator[Field]:
    for text in pages:
        yield from _fields.decode(text).data
