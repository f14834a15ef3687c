"""The endpoints of events."""

from graft.events.listing import LIST, read_event
from graft.events.models import Event
from graft.web.endpoint import Endpoint

ENDPOINTS = [
    Endpoint("GET", "/api/events", LIST, "List what happened.", Event, list_resource=LIST.resource),
    Endpoint("GET", "/api/events/{id}", read_event, "Read an event.", Event, path_id="evt"),
]
