"""The endpoints of versions."""

from graft.versions.access import read_version
from graft.versions.listing import LIST
from graft.versions.models import IntegrationVersion, Publish
from graft.versions.publish import compose_version, publish
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR_OF_OBJECT

ENDPOINTS = [
    Endpoint(
        "GET",
        "/api/integration-versions",
        LIST,
        "List published versions.",
        IntegrationVersion,
        list_resource=LIST.resource,
        publishable=True,
    ),
    Endpoint(
        "POST",
        "/api/integrations/{id}/publish",
        publish,
        "Publish the draft as a new version.",
        IntegrationVersion,
        status=201,
        path_id="int",
        body=Publish,
        needs=EDITOR_OF_OBJECT,
        prepare=compose_version,
    ),
    Endpoint(
        "GET",
        "/api/integration-versions/{id}",
        read_version,
        "Read a version.",
        IntegrationVersion,
        path_id="intver",
        publishable=True,
    ),
]
