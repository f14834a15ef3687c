"""The endpoints of installs, their members and solutions."""

from graft.installs.access import read_install
from graft.installs.adoption import read_adoption
from graft.installs.detach import set_detached
from graft.installs.hold import change_member, change_members
from graft.installs.install import install
from graft.installs.listing import LIST
from graft.installs.members import read_members
from graft.installs.models import (
    Adoption,
    AdoptionQuery,
    ChangeMember,
    ChangeMembers,
    Detach,
    Install,
    InstallCheck,
    InstallQuery,
    InstallRequest,
    Member,
    Members,
    Preview,
    PreviewQuery,
    Solution,
    SolutionMember,
    VariableOrigins,
)
from graft.installs.origins import read_variable_origins
from graft.installs.preview import preview
from graft.installs.solutions import SOLUTION_LIST, SOLUTION_MEMBER_LIST, read_solution
from graft.installs.uninstall import purge_install, restore_install, uninstall
from graft.installs.uninstall_models import UninstallPlan, UninstallPlanQuery, UninstallQuery
from graft.installs.uninstall_plan import read_uninstall_plan
from graft.web.endpoint import Endpoint
from graft.web.models import Success
from graft.web.needs import EDITOR

_INTEGRATION = "/api/integrations/{id}"
_ONE = "/api/integration-installs/{id}"
ENDPOINTS = [
    Endpoint(
        "GET",
        _INTEGRATION + "/members",
        preview,
        "Preview the members that an install takes.",
        Preview,
        path_id="int",
        query=PreviewQuery,
        publishable=True,
        computes=True,
    ),
    Endpoint(
        "POST",
        _INTEGRATION + "/install",
        install,
        "Install a version into a workspace.",
        Install,
        status=201,
        also={InstallCheck: 200},
        path_id="int",
        query=InstallQuery,
        body=InstallRequest,
        needs=EDITOR,
    ),
    Endpoint(
        "GET",
        _INTEGRATION + "/adoption",
        read_adoption,
        "Count an integration's installs by version and by day.",
        Adoption,
        path_id="int",
        query=AdoptionQuery,
    ),
    Endpoint(
        "GET",
        "/api/integration-installs",
        LIST,
        "List installs.",
        Install,
        list_resource=LIST.resource,
    ),
    Endpoint("GET", _ONE, read_install, "Read an install.", Install, path_id="intins"),
    Endpoint("GET", _ONE + "/members", read_members, "List an install's members.", Members, path_id="intins"),
    Endpoint(
        "GET",
        _ONE + "/variable-origins",
        read_variable_origins,
        "Read which values of variables were given, and which are defaults.",
        VariableOrigins,
        path_id="intins",
    ),
    Endpoint(
        "GET",
        _ONE + "/uninstall-plan",
        read_uninstall_plan,
        "Read what uninstalling would do: what goes, what stays and why, who needs or names it.",
        UninstallPlan,
        path_id="intins",
        query=UninstallPlanQuery,
    ),
    Endpoint(
        "DELETE",
        _ONE,
        uninstall,
        "Uninstall softly; edited clones stay.",
        Success,
        path_id="intins",
        query=UninstallQuery,
    ),
    Endpoint("POST", _ONE + "/restore", restore_install, "Restore a deleted install.", Install, path_id="intins"),
    Endpoint("DELETE", _ONE + "/purge", purge_install, "Remove a deleted install for ever.", Success, path_id="intins"),
    Endpoint(
        "POST",
        "/api/integration-members/{id}/detach",
        set_detached,
        "Detach a clone, or hand it back.",
        Success,
        path_id="intmem",
        body=Detach,
        needs=EDITOR,
    ),
    Endpoint(
        "PATCH",
        "/api/integration-members/{id}",
        change_member,
        "Say which places of a clone upgrades leave alone, and whether a member is in use.",
        Member,
        path_id="intmem",
        body=ChangeMember,
        needs=EDITOR,
    ),
    Endpoint(
        "PATCH",
        _ONE + "/members",
        change_members,
        "The same of several members at once.",
        Members,
        path_id="intins",
        body=ChangeMembers,
        needs=EDITOR,
    ),
    Endpoint("GET", "/api/solutions", SOLUTION_LIST, "List solutions.", Solution, list_resource=SOLUTION_LIST.resource),
    Endpoint("GET", "/api/solutions/{id}", read_solution, "Read a solution.", Solution, path_id="sol"),
    Endpoint(
        "GET",
        "/api/solution-members",
        SOLUTION_MEMBER_LIST,
        "List the clones that solutions group.",
        SolutionMember,
        list_resource=SOLUTION_MEMBER_LIST.resource,
    ),
]
