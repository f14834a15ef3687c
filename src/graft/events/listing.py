"""The list of events."""

from collections.abc import Callable

from graft import ids
from graft.events.models import Event
from graft.ids import Id
from graft.listing import TEXT, TIMESTAMP, Computed, Field, Resource, identifier, shorthands, sql
from graft.web.context import ReadContext
from graft.web.lists import ListEndpoint, Scope, id_field, of_workspaces
from graft.web.row import read_row


def _any_id(text: str) -> str | None:
    """The id in a wire id of any prefix. The prefix need not be compared: ids are unique over all prefixes."""
    return ids.parse(text.partition("_")[0], text)


EVENTS: Resource[Scope] = Resource(
    name="events",
    source=sql("events t"),
    visible=of_workspaces,
    fields={
        "id": id_field("t.id", "evt"),
        "workspaceId": id_field("t.workspace_id", "wsp"),
        "type": Field("t.type", TEXT),
        "subjectId": Field("t.subject_id", identifier(_any_id)),
        "actorId": id_field("t.actor_id", "usr", nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
    },
    shorthands=shorthands("workspaceId", "type", "subjectId", "actorId"),
)


def _subject_wire_id(_ctx: ReadContext) -> Callable[[str, str], str]:
    return lambda prefix, subject_id: f"{prefix}_{subject_id}"


LIST = ListEndpoint(
    EVENTS,
    response=Event,
    shown={"subjectId": Computed(_subject_wire_id, ("t.subject_prefix", "t.subject_id")), "data": "t.data"},
)


async def read_event(ctx: ReadContext, event_id: Id) -> Event:
    return await read_row(LIST, ctx, event_id)
