"""The calls of plans, and the call that upgrades, which may name one."""

from graft.plans.carry_out import apply_plan, upgrade
from graft.plans.create import create_plan, create_plans
from graft.plans.fields import read_fields
from graft.plans.impact import read_impact
from graft.plans.impact_models import Impact, ImpactRequest
from graft.plans.models import (
    AppliedPlan,
    ApplyRequest,
    Fields,
    FieldsQuery,
    Plan,
    PlanQuery,
    PlanRequest,
    PlansRequest,
    ResolveRequest,
    UndoPlanRequest,
)
from graft.plans.resolve import resolve_plan
from graft.plans.show import read_plan
from graft.plans.undo import create_undo_plan
from graft.upgrades.models import Upgraded, UpgradeRequest
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR, EDITOR_OF_OBJECT

_INSTALL, _PLAN = "/api/integration-installs/{id}", "/api/upgrade-plans/{id}"
ENDPOINTS = [
    Endpoint(
        "POST",
        _INSTALL + "/upgrade",
        upgrade,
        "Upgrade to the current version.",
        Upgraded,
        path_id="intins",
        body=UpgradeRequest,
        needs=EDITOR,
        body_optional=True,
    ),
    Endpoint(
        "POST",
        _INSTALL + "/upgrade-plans",
        create_plan,
        "Plan an upgrade, a downgrade or a change of variables.",
        Plan,
        201,
        path_id="intins",
        body=PlanRequest,
        needs=EDITOR,
        body_optional=True,
    ),
    Endpoint(
        "POST",
        _INSTALL + "/undo-plans",
        create_undo_plan,
        "Plan to undo an operation of an install.",
        Plan,
        201,
        path_id="intins",
        body=UndoPlanRequest,
        needs=EDITOR,
        body_optional=True,
    ),
    Endpoint(
        "POST",
        "/api/upgrade-plans",
        create_plans,
        "Plan several installs of a workspace, which move together.",
        Plan,
        201,
        body=PlansRequest,
        needs=EDITOR,
    ),
    Endpoint("GET", _PLAN, read_plan, "Read a plan.", Plan, path_id="intpln", query=PlanQuery),
    Endpoint(
        "GET",
        _PLAN + "/fields",
        read_fields,
        "List the fields of a plan, member by member.",
        Fields,
        path_id="intpln",
        query=FieldsQuery,
    ),
    Endpoint(
        "POST",
        _PLAN + "/resolve",
        resolve_plan,
        "Decide conflicts of a plan: a new plan.",
        Plan,
        201,
        path_id="intpln",
        body=ResolveRequest,
        needs=EDITOR,
    ),
    Endpoint(
        "POST",
        _PLAN + "/apply",
        apply_plan,
        "Do exactly what a plan says.",
        AppliedPlan,
        path_id="intpln",
        body=ApplyRequest,
        needs=EDITOR,
        body_optional=True,
    ),
    Endpoint(
        "POST",
        "/api/integrations/{id}/impact",
        read_impact,
        "Run the draft against the installs that there are, and count.",
        Impact,
        path_id="int",
        body=ImpactRequest,
        body_optional=True,
        needs=EDITOR_OF_OBJECT,
        computes=True,
    ),
]
