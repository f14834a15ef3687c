"""The call that upgrades."""

from graft.upgrades.models import Upgraded, UpgradeRequest
from graft.upgrades.upgrade import upgrade
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR

ENDPOINTS = [
    Endpoint(
        "POST",
        "/api/integration-installs/{id}/upgrade",
        upgrade,
        "Upgrade to the current version.",
        Upgraded,
        path_id="intins",
        body=UpgradeRequest,
        needs=EDITOR,
        body_optional=True,
    ),
]
