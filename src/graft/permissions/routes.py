"""The endpoints of grants."""

from dataclasses import replace

from graft.permissions.grants import create_permission, delete_permission, read_permission, update_permission
from graft.permissions.listing import LIST
from graft.permissions.models import CreatePermission, Permission, UpdatePermission
from graft.web.endpoint import Endpoint
from graft.web.models import Success
from graft.web.needs import ADMIN_OF_OBJECT, HIDDEN_BELOW_ADMIN

_ALL, _ONE = "/api/permissions", "/api/permissions/{id}"
_ENDPOINTS = [
    Endpoint("GET", _ALL, LIST, "List grants.", Permission, list_resource=LIST.resource),
    Endpoint(
        "POST",
        _ALL,
        create_permission,
        "Grant a tier on an integration or entity.",
        Permission,
        status=201,
        body=CreatePermission,
        needs=ADMIN_OF_OBJECT,
    ),
    Endpoint("GET", _ONE, read_permission, "Read a grant.", Permission, path_id="per"),
    Endpoint(
        "PATCH",
        _ONE,
        update_permission,
        "Change the tier.",
        Permission,
        path_id="per",
        body=UpdatePermission,
        needs=HIDDEN_BELOW_ADMIN,
    ),
    Endpoint("DELETE", _ONE, delete_permission, "Take the grant away.", Success, path_id="per"),
]

# Nobody gives what is being taken from them.
ENDPOINTS = [replace(endpoint, changes_callers=endpoint.writes) for endpoint in _ENDPOINTS]
