"""The calls that tell what happened to an install, and that undo it."""

from graft.history.listing import LIST
from graft.history.models import Operation, OperationInFull, Undone, UndoRequest
from graft.history.read import list_history, read_operation
from graft.history.undo import undo
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR

_INSTALL = "/api/integration-installs/{id}"
ENDPOINTS = [
    Endpoint(
        "GET",
        _INSTALL + "/history",
        list_history,
        "List what happened to an install.",
        Operation,
        path_id="intins",
        list_resource=LIST.resource,
        list_options=LIST.options,
    ),
    Endpoint(
        "POST",
        _INSTALL + "/undo",
        undo,
        "Undo an operation of an install.",
        Undone,
        path_id="intins",
        body=UndoRequest,
        body_optional=True,
        needs=EDITOR,
    ),
    Endpoint(
        "GET",
        "/api/operations/{id}",
        read_operation,
        "Read an operation, and what it did to each member.",
        OperationInFull,
        path_id="intopn",
    ),
]
