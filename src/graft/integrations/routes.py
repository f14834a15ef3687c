"""The endpoints of integrations and their reviews."""

from graft.config import Settings
from graft.integrations.access import read_integration
from graft.integrations.create import create_integration, update_integration
from graft.integrations.delete import delete_integration, purge_integration, restore_integration
from graft.integrations.listing import LIST, REVIEW_LIST
from graft.integrations.models import (
    CreateIntegration,
    Decide,
    Integration,
    Review,
    SetVisibility,
    UpdateIntegration,
    VisibilityState,
)
from graft.integrations.visibility import review_integration, set_visibility
from graft.web.endpoint import Endpoint
from graft.web.models import Success
from graft.web.needs import ADMIN_OF_OBJECT, EDITOR, EDITOR_OF_OBJECT


def _limit(settings: Settings) -> int:
    return settings.max_body_integrations


_ONE = "/api/integrations/{id}"
ENDPOINTS = [
    Endpoint("GET", _ONE, read_integration, "Read an integration.", Integration, path_id="int", publishable=True),
    Endpoint(
        "GET",
        "/api/integrations",
        LIST,
        "List integrations.",
        Integration,
        list_resource=LIST.resource,
        publishable=True,
    ),
    Endpoint(
        "POST",
        "/api/integrations",
        create_integration,
        "Create a draft in its source workspace.",
        Integration,
        status=201,
        body=CreateIntegration,
        needs=EDITOR,
        body_limit=_limit,
    ),
    Endpoint(
        "PATCH",
        _ONE,
        update_integration,
        "Change the draft's metadata or documents.",
        Integration,
        path_id="int",
        body=UpdateIntegration,
        needs=EDITOR_OF_OBJECT,
        body_limit=_limit,
    ),
    Endpoint(
        "DELETE", _ONE, delete_integration, "Delete softly; existing installs keep working.", Success, path_id="int"
    ),
    Endpoint(
        "POST", _ONE + "/restore", restore_integration, "Restore a deleted integration.", Integration, path_id="int"
    ),
    Endpoint(
        "DELETE", _ONE + "/purge", purge_integration, "Remove a deleted integration for ever.", Success, path_id="int"
    ),
    Endpoint(
        "POST",
        _ONE + "/visibility",
        set_visibility,
        "Set the visibility, or ask for `public`.",
        VisibilityState,
        path_id="int",
        body=SetVisibility,
        needs=ADMIN_OF_OBJECT,
    ),
    Endpoint(
        "GET",
        "/api/integration-reviews",
        REVIEW_LIST,
        "List the wishes for `public`, and what became of them.",
        Review,
        list_resource=REVIEW_LIST.resource,
    ),
    Endpoint(
        "POST", _ONE + "/review", review_integration, "Approve or reject `public`.", Review, path_id="int", body=Decide
    ),
]
