"""The lists of events: of workspaces, and of the platform."""

from collections.abc import Callable, Mapping

from graft import ids
from graft.auth.caller import Tier
from graft.events.models import Event, PlatformEvent
from graft.ids import Id
from graft.listing import (
    FALSE,
    TEXT,
    TIMESTAMP,
    TRUE,
    Computed,
    Field,
    Resource,
    Sql,
    conjunction,
    identifier,
    shorthands,
    sql,
)
from graft.web.context import ReadContext
from graft.web.lists import ListEndpoint, Scope, id_field, of_workspaces
from graft.web.row import read_row


def _any_id(text: str) -> str | None:
    """The id in a wire id of any prefix. The prefix need not be compared: ids are unique over all prefixes."""
    return ids.parse(text.partition("_")[0], text)


# An event is seen by who may see its subject: members of the workspace, but where the subject is a matter of access.
# These are seen from this tier on, by the prefix of the subject.
SEEN_FROM: Mapping[str, Tier] = {
    # permission.*
    "per": Tier.ADMIN,
    # api_key.*
    "apikey": Tier.ADMIN,
    # workspace_member.*
    "wspmem": Tier.ADMIN,
    # auth_state.*
    "ats": Tier.ADMIN,
}


def _visible(scope: Scope) -> Sql:
    caller = scope.caller
    admins = caller.workspaces(Tier.ADMIN)
    if caller.platform_admin or admins == caller.workspaces():
        return of_workspaces(scope)
    return conjunction(
        [
            of_workspaces(scope),
            sql(
                "(t.subject_prefix <> all($1::text[]) or t.workspace_id = any($2::uuid[]))",
                list(SEEN_FROM),
                admins,
            ),
        ]
    )


EVENTS: Resource[Scope] = Resource(
    name="events",
    source=sql("events t"),
    visible=_visible,
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


def _platform_admins(scope: Scope) -> Sql:
    return TRUE if scope.caller.platform_admin else FALSE


PLATFORM_EVENTS: Resource[Scope] = Resource(
    name="platform-events",
    source=sql("platform_events t"),
    visible=_platform_admins,
    fields={
        "id": id_field("t.id", "evt"),
        "type": Field("t.type", TEXT),
        "subjectId": Field("t.subject_id", identifier(_any_id)),
        "actorId": id_field("t.actor_id", "usr", nullable=True),
        "createdAt": Field("t.created_at", TIMESTAMP),
    },
    catalogue=True,
    shorthands=shorthands("type", "subjectId", "actorId"),
)
PLATFORM_LIST = ListEndpoint(PLATFORM_EVENTS, response=PlatformEvent, shown=LIST.shown)


async def read_platform_event(ctx: ReadContext, event_id: Id) -> PlatformEvent:
    return await read_row(PLATFORM_LIST, ctx, event_id)


async def read_event(ctx: ReadContext, event_id: Id) -> Event:
    return await read_row(LIST, ctx, event_id)
