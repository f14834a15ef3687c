"""The endpoints of workspaces, members, users, publishers, keys and auth states."""

from dataclasses import replace
from typing import Any

from graft.web.endpoint import Endpoint
from graft.web.lists import ListEndpoint
from graft.web.models import Success
from graft.web.needs import A_USER, ADMIN, ADMIN_OF_OBJECT, EDITOR, HIDDEN_BELOW_ADMIN, PLATFORM_ADMIN
from graft.workspaces import auth_states, keys, listing, me, members, publishers, users, workspaces
from graft.workspaces import models as m

_WORKSPACES, _WORKSPACE = "/api/workspaces", "/api/workspaces/{id}"
_MEMBERS, _MEMBER = "/api/workspace-members", "/api/workspace-members/{id}"
_USERS, _USER = "/api/users", "/api/users/{id}"
_PUBLISHERS, _PUBLISHER = "/api/publishers", "/api/publishers/{id}"
_KEYS, _KEY = "/api/api-keys", "/api/api-keys/{id}"
_AUTH_STATES, _AUTH_STATE = "/api/auth-states", "/api/auth-states/{id}"


def _list(path: str, shown: ListEndpoint[Any], summary: str, reply: type) -> Endpoint:
    return Endpoint("GET", path, shown, summary, reply, list_resource=shown.resource)


_ENDPOINTS = [
    Endpoint("GET", "/api/me", me.read_me, "Read who calls.", m.Me),
    _list(_WORKSPACES, listing.WORKSPACE_LIST, "List workspaces.", m.Workspace),
    Endpoint(
        "POST",
        _WORKSPACES,
        workspaces.create_workspace,
        "Create a workspace; the caller becomes its admin.",
        m.Workspace,
        status=201,
        body=m.CreateWorkspace,
        needs=A_USER,
    ),
    Endpoint("GET", _WORKSPACE, workspaces.read_workspace, "Read a workspace.", m.Workspace, path_id="wsp"),
    Endpoint(
        "PATCH",
        _WORKSPACE,
        workspaces.update_workspace,
        "Change a workspace.",
        m.Workspace,
        path_id="wsp",
        body=m.UpdateWorkspace,
        # in a deleted workspace an admin has no role, and is told that it is deleted
        needs=ADMIN_OF_OBJECT,
    ),
    Endpoint(
        "DELETE",
        _WORKSPACE,
        workspaces.delete_workspace,
        "Delete softly; keys and roles in it stop at once.",
        Success,
        path_id="wsp",
    ),
    Endpoint(
        "POST",
        _WORKSPACE + "/restore",
        workspaces.restore_workspace,
        "Restore a deleted workspace.",
        m.Workspace,
        path_id="wsp",
    ),
    _list(_MEMBERS, listing.MEMBER_LIST, "List who is in which workspace.", m.WorkspaceMember),
    Endpoint(
        "POST",
        _MEMBERS,
        members.create_member,
        "Add a user to a workspace.",
        m.WorkspaceMember,
        status=201,
        body=m.CreateWorkspaceMember,
        needs=ADMIN,
    ),
    Endpoint("GET", _MEMBER, members.read_member, "Read a membership.", m.WorkspaceMember, path_id="wspmem"),
    Endpoint(
        "PATCH",
        _MEMBER,
        members.update_member,
        "Change the tier.",
        m.ChangedWorkspaceMember,
        path_id="wspmem",
        body=m.UpdateWorkspaceMember,
        needs=ADMIN,
    ),
    Endpoint(
        "DELETE",
        _MEMBER,
        members.delete_member,
        "Remove a member, or leave.",
        m.Removed,
        path_id="wspmem",
        query=m.RemoveQuery,
    ),
    _list(_USERS, listing.USER_LIST, "List users.", m.User),
    Endpoint(
        "POST", _USERS, users.create_user, "Create a user.", m.User, status=201, body=m.CreateUser, needs=PLATFORM_ADMIN
    ),
    Endpoint("GET", _USER, users.read_user, "Read a user.", m.User, path_id="usr"),
    Endpoint("PATCH", _USER, users.update_user, "Change a user.", m.User, path_id="usr", body=m.UpdateUser),
    Endpoint(
        "DELETE",
        _USER,
        users.delete_user,
        "Delete a user; sessions and roles end.",
        m.Removed,
        path_id="usr",
        query=m.RemoveQuery,
    ),
    _list(_PUBLISHERS, listing.PUBLISHER_LIST, "List publisher names.", m.Publisher),
    Endpoint(
        "POST",
        _PUBLISHERS,
        publishers.create_publisher,
        "Give a workspace a further publisher name.",
        m.Publisher,
        status=201,
        body=m.CreatePublisher,
    ),
    Endpoint("GET", _PUBLISHER, publishers.read_publisher, "Read a publisher name.", m.Publisher, path_id="wsppub"),
    Endpoint("DELETE", _PUBLISHER, publishers.delete_publisher, "Take a publisher name.", Success, path_id="wsppub"),
    _list(_KEYS, listing.KEY_LIST, "List keys and sessions.", m.ApiKey),
    Endpoint(
        "POST",
        _KEYS,
        keys.create_key,
        "Create a key or a session; the reply alone carries its token.",
        m.NewApiKey,
        status=201,
        body=m.CreateApiKey,
        reveals=True,
        needs=ADMIN,
    ),
    Endpoint("GET", _KEY, keys.read_key, "Read a key.", m.ApiKey, path_id="apikey"),
    Endpoint(
        "PATCH",
        _KEY,
        keys.update_key,
        "Change name, expiry or origins.",
        m.ApiKey,
        path_id="apikey",
        body=m.UpdateApiKey,
        needs=HIDDEN_BELOW_ADMIN,
    ),
    Endpoint("DELETE", _KEY, keys.delete_key, "Revoke at once, with what it made.", m.RevokedKey, path_id="apikey"),
    _list(_AUTH_STATES, listing.AUTH_STATE_LIST, "List auth states.", m.AuthState),
    Endpoint(
        "POST",
        _AUTH_STATES,
        auth_states.create_auth_state,
        "Store credentials, encrypted.",
        m.AuthState,
        status=201,
        body=m.CreateAuthState,
        needs=EDITOR,
    ),
    Endpoint("GET", _AUTH_STATE, auth_states.read_auth_state, "Read an auth state.", m.AuthState, path_id="ats"),
    Endpoint(
        "PATCH",
        _AUTH_STATE,
        auth_states.update_auth_state,
        "Change name or credentials.",
        m.AuthState,
        path_id="ats",
        body=m.UpdateAuthState,
        needs=EDITOR,
    ),
    Endpoint("DELETE", _AUTH_STATE, auth_states.delete_auth_state, "Delete softly.", Success, path_id="ats"),
    Endpoint(
        "POST",
        _AUTH_STATE + "/restore",
        auth_states.restore_auth_state,
        "Restore a deleted auth state.",
        m.AuthState,
        path_id="ats",
    ),
    Endpoint(
        "DELETE",
        _AUTH_STATE + "/purge",
        auth_states.purge_auth_state,
        "Remove a deleted auth state for ever.",
        Success,
        path_id="ats",
    ),
]

# These rows decide who may do what, but for auth states.
ENDPOINTS = [
    replace(endpoint, changes_callers=endpoint.writes and not endpoint.path.startswith(_AUTH_STATES))
    for endpoint in _ENDPOINTS
]
