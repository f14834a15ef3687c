"""The endpoints of versions."""

from graft.versions.access import read_version
from graft.versions.listing import LIST
from graft.versions.models import IntegrationVersion, Publish, Yank, YankRequest
from graft.versions.publish import compose_version, publish
from graft.versions.yank import read_yank, unyank, yank
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR_OF_OBJECT

_ONE = "/api/integration-versions/{id}"
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
        _ONE,
        read_version,
        "Read a version.",
        IntegrationVersion,
        path_id="intver",
        publishable=True,
    ),
    Endpoint(
        "GET",
        _ONE + "/yank",
        read_yank,
        "Read whether a version is yanked, and which of your installs have it.",
        Yank,
        path_id="intver",
    ),
    Endpoint(
        "POST",
        _ONE + "/yank",
        yank,
        "Yank a version: nobody new gets it unasked, who has it keeps it.",
        Yank,
        path_id="intver",
        body=YankRequest,
        needs=EDITOR_OF_OBJECT,
    ),
    Endpoint(
        "POST",
        _ONE + "/unyank",
        unyank,
        "Take a yank back.",
        Yank,
        path_id="intver",
        needs=EDITOR_OF_OBJECT,
    ),
]
