"""The endpoints of events."""

from graft.events.listing import LIST, PLATFORM_LIST, read_event, read_platform_event
from graft.events.models import Event, PlatformEvent
from graft.web.endpoint import Endpoint

ENDPOINTS = [
    Endpoint("GET", "/api/events", LIST, "List what happened.", Event, list_resource=LIST.resource),
    Endpoint("GET", "/api/events/{id}", read_event, "Read an event.", Event, path_id="evt"),
    Endpoint(
        "GET",
        "/api/platform-events",
        PLATFORM_LIST,
        "List what happened to users and sessions.",
        PlatformEvent,
        list_resource=PLATFORM_LIST.resource,
    ),
    Endpoint(
        "GET",
        "/api/platform-events/{id}",
        read_platform_event,
        "Read an event of the platform.",
        PlatformEvent,
        path_id="evt",
    ),
]
