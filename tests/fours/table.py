"""For each call there is who may make it and what it costs in statements, by the scene that it is asked in."""

from typing import Any

from tests.support.four import FORBIDDEN, NOT_FOUND, Four
from tests.support.scene import BODIES

UNAUTHENTICATED = (401, "unauthenticated")
INVALID = (400, "invalid-request")
# An operation that answers with a schema of its own.
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {"/orders": {"get": {"operationId": "listOrders", "responses": {"200": {
        "description": "ok",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
    }}}}},
    "components": {"schemas": {"Order": {"type": "object"}}},
}  # fmt: skip


def _four(method: str, path: str, need: str, statements: int, status: int = 200, **options: Any) -> Four:
    """With the body that the call takes elsewhere, unless another is given."""
    options.setdefault("body", BODIES.get(f"{method} {path}"))
    return Four(method, path, need, statements, status=status, **options)


def _after(path: str, *ends: str) -> dict[str, Any]:
    """What ends the object, and perhaps another one, before."""
    return {"before": (*[("DELETE", end) for end in ends], ("DELETE", path))}


_DRAFT, _DRAFTS = "/api/integrations/{id}", "/api/integrations"
_VERSION = "/api/integration-versions/{id}"
_INSTALL, _INSTALLS = "/api/integration-installs/{id}", "/api/integration-installs"
_PLAN, _PLANS = "/api/upgrade-plans/{id}", "/api/upgrade-plans"
_ENTITY, _ENTITIES = "/api/entities/{id}", "/api/entities"
_WORKSPACE, _WORKSPACES = "/api/workspaces/{id}", "/api/workspaces"
_MEMBER, _MEMBERS = "/api/workspace-members/{id}", "/api/workspace-members"
_USER, _USERS = "/api/users/{id}", "/api/users"
_PUBLISHER, _PUBLISHERS = "/api/publishers/{id}", "/api/publishers"
_KEY, _KEYS = "/api/api-keys/{id}", "/api/api-keys"
_AUTH_STATE, _AUTH_STATES = "/api/auth-states/{id}", "/api/auth-states"
_GRANT, _GRANTS = "/api/permissions/{id}", "/api/permissions"

_YANK = BODIES["POST /api/integration-versions/{id}/yank"]
NEW_ENTITY = {
    "workspaceId": "<workspace>", "kind": "function", "slug": "new", "name": "New", "definition": {"in": "<schema>"}
}  # fmt: skip

FOURS = {
    "entities": [
        _four("GET", _ENTITIES, "viewer", 1),
        _four("GET", _ENTITY, "viewer", 1),
        _four("GET", _ENTITY + "/versions", "viewer", 2),
        _four("POST", _ENTITIES, "editor", 6, 201, body=NEW_ENTITY),
        _four("PATCH", _ENTITY, "editor", 6, body={"name": "Renamed"}),
        _four("PATCH", _ENTITY, "editor", 7, body={"definition": {"text": "new"}}),
        _four("DELETE", _ENTITY, "editor", 5),
        _four("POST", _ENTITY + "/restore", "editor", 6, **_after(_ENTITY)),
        _four("DELETE", _ENTITY + "/purge", "admin", 6, **_after(_ENTITY)),
        _four("POST", _ENTITIES + "/import-openapi", "editor", 9, query="?workspaceId=<workspace>", body=DOCUMENT),
    ],
    "versions": [
        _four("POST", _DRAFT + "/publish", "editor", 17, 201),
        _four("GET", _DRAFT + "/problems", "editor", 5),
        _four("GET", _DRAFT + "/problems", "editor", 6, query="?version=2.0.0"),
        _four("GET", _DRAFT + "/adoption", "editor", 3),
        _four("POST", _DRAFT + "/impact", "editor", 11),
        _four("GET", _DRAFT + "/next-version", "editor", 9),
        _four("GET", "/api/integration-versions", "viewer", 1),
        _four("GET", _VERSION, "viewer", 1),
        _four("GET", _VERSION + "/yank", "viewer", 2),
        _four("POST", _VERSION + "/yank", "editor", 10),
        _four("POST", _VERSION + "/unyank", "editor", 10, before=(("POST", _VERSION + "/yank", _YANK),)),
        _four("GET", _VERSION + "/diff", "viewer", 3, query="?from=<integration-versions>"),
        _four("GET", _VERSION + "/members", "viewer", 2),
        _four("GET", _VERSION + "/members/{slug}", "viewer", 2),
        _four("GET", _DRAFT + "/members", "viewer", 3),
        _four("GET", _DRAFT + "/members", "viewer", 2, query="?integrationVersionId=<integration-versions>"),
        _four("GET", _DRAFT + "/members", "editor", 5, query="?draft=true"),
    ],
    "installs": [
        _four("POST", _DRAFT + "/install", "editor", 9, 201),
        _four("POST", _DRAFT + "/install", "editor", 4, query="?dryRun=true"),
        _four("GET", _INSTALLS, "viewer", 1),
        _four("GET", _INSTALL, "viewer", 1),
        _four("GET", _INSTALL + "/members", "viewer", 3),
        _four("GET", _INSTALL + "/variable-origins", "viewer", 1),
        _four("POST", _INSTALL + "/upgrade", "editor", 10),
        _four("GET", _INSTALL + "/history", "viewer", 2),
        _four("POST", _INSTALL + "/undo-plans", "editor", 13, 201, before=(("POST", _INSTALL + "/upgrade"),)),
        _four("POST", _INSTALL + "/undo", "editor", 12, before=(("POST", _INSTALL + "/upgrade"),)),
        _four("GET", "/api/operations/{id}", "viewer", 5),
        _four("PATCH", _INSTALL, "editor", 8),
        _four("GET", _INSTALL + "/uninstall-plan", "viewer", 5),
        _four("DELETE", _INSTALL, "editor", 9),
        _four("POST", _INSTALL + "/restore", "editor", 11, **_after(_INSTALL)),
        _four("DELETE", _INSTALL + "/purge", "admin", 16, **_after(_INSTALL)),
        _four("POST", "/api/integration-members/{id}/detach", "editor", 12),
        _four("PATCH", "/api/integration-members/{id}", "editor", 15),
        _four("PATCH", _INSTALL + "/members", "editor", 15),
        _four("GET", "/api/solutions", "viewer", 1),
        _four("GET", "/api/solutions/{id}", "viewer", 1),
        _four("GET", "/api/solution-members", "viewer", 1),
    ],
    "plans": [
        _four("POST", _INSTALL + "/upgrade-plans", "editor", 8, 201),
        _four("POST", _PLANS, "editor", 7, 201),
        _four("GET", _PLAN, "viewer", 1),
        _four("GET", _PLAN + "/fields", "viewer", 8),
        _four("POST", _PLAN + "/resolve", "editor", 9, 201),
        _four("POST", _PLAN + "/apply", "editor", 11),
    ],
    "all": [
        _four("GET", _DRAFTS, "viewer", 1),
        _four("POST", _DRAFTS, "editor", 5, 201, body={**BODIES["POST /api/integrations"], "slug": "another"}),
        _four("GET", _DRAFT, "viewer", 1),
        _four("PATCH", _DRAFT, "editor", 5),
        _four("DELETE", _DRAFT, "editor", 4),
        _four("POST", _DRAFT + "/restore", "editor", 6, **_after(_DRAFT)),
        _four("DELETE", _DRAFT + "/purge", "admin", 7, **_after(_DRAFT, _INSTALL)),
        _four("POST", _DRAFT + "/visibility", "admin", 5, body={"visibility": "unlisted"}),
        _four("GET", "/api/integration-reviews", "viewer", 1),
        _four("POST", _DRAFT + "/review", "platform admin", 5),
        _four("GET", "/api/me", "viewer", 2),
        _four("GET", _WORKSPACES, "viewer", 1),
        _four("POST", _WORKSPACES, "session", 5, 201, unseen=FORBIDDEN),
        _four("GET", _WORKSPACE, "viewer", 1),
        _four("PATCH", _WORKSPACE, "admin", 5),
        _four("DELETE", _WORKSPACE, "admin", 7),
        # the keys of a workspace end with it
        _four("POST", _WORKSPACE + "/restore", "session", 7, short=UNAUTHENTICATED, **_after(_WORKSPACE)),
        _four("GET", _MEMBERS, "viewer", 1),
        _four("POST", _MEMBERS, "admin", 4, 201),
        _four("GET", _MEMBER, "viewer", 1),
        _four("PATCH", _MEMBER, "admin", 7),
        _four("DELETE", _MEMBER, "admin", 7),
        _four("GET", _USERS, "viewer", 1),
        _four("POST", _USERS, "platform admin", 2, 201, unseen=FORBIDDEN),
        _four("GET", _USER, "viewer", 1),
        _four("PATCH", _USER, "platform admin", 6),
        _four("DELETE", _USER, "platform admin", 12),
        _four("GET", _PUBLISHERS, "viewer", 1),
        _four("POST", _PUBLISHERS, "platform admin", 3, 201, body={"workspaceId": "<workspace>", "name": "one-more"}),
        _four("GET", _PUBLISHER, "viewer", 1),
        _four("DELETE", _PUBLISHER, "platform admin", 6),
        _four("GET", _KEYS, "viewer", 1),
        _four("POST", _KEYS, "admin", 4, 201),
        _four("GET", _KEY, "admin", 1, short=NOT_FOUND),
        _four("PATCH", _KEY, "admin", 6, short=NOT_FOUND),
        _four("DELETE", _KEY, "admin", 6, short=NOT_FOUND),
        _four("GET", _AUTH_STATES, "viewer", 1),
        _four("POST", _AUTH_STATES, "editor", 3, 201),
        _four("GET", _AUTH_STATE, "viewer", 1),
        _four("PATCH", _AUTH_STATE, "editor", 7),
        _four("DELETE", _AUTH_STATE, "editor", 7),
        _four("POST", _AUTH_STATE + "/restore", "editor", 7, **_after(_AUTH_STATE)),
        _four("DELETE", _AUTH_STATE + "/purge", "admin", 7, **_after(_AUTH_STATE)),
        _four("GET", _GRANTS, "viewer", 1),
        # an id of a body that somebody does not see is a problem of the body
        _four("POST", _GRANTS, "admin", 6, 201, unseen=INVALID),
        _four("GET", _GRANT, "admin", 1, short=NOT_FOUND),
        _four("PATCH", _GRANT, "admin", 6, short=NOT_FOUND),
        _four("DELETE", _GRANT, "admin", 5, short=NOT_FOUND),
        _four("GET", "/api/events", "viewer", 1),
        _four("GET", "/api/events/{id}", "viewer", 1),
        _four("GET", "/api/platform-events", "viewer", 0),
        _four("GET", "/api/platform-events/{id}", "platform admin", 1, short=NOT_FOUND),
    ],
}
