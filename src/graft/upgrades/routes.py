"""The call that changes an install at the version that it has. Those that move it are among the plans."""

from graft.upgrades.models import Reconfigure, Reconfigured
from graft.upgrades.reconfigure import reconfigure
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR

ENDPOINTS = [
    Endpoint(
        "PATCH",
        "/api/integration-installs/{id}",
        reconfigure,
        "Change variables, auth state or policy of an install, or take more members in.",
        Reconfigured,
        path_id="intins",
        body=Reconfigure,
        needs=EDITOR,
    ),
]
