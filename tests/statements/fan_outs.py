"""The statements that ask several or all workspaces on purpose, each by name, with how it is recognised and why it may."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pglast import ast
from pglast.enums import BoolExprType, SubLinkType

from tests.statements.levels import given, last_field


@dataclass(frozen=True, slots=True)
class FanOut:
    """`condition`: takes the place of a list of workspaces. `text`: a statement so beginning may break these `rules`."""

    name: str
    reason: str
    condition: Callable[[Any], bool] | None = None
    text: str | None = None
    rules: frozenset[str] = frozenset({"unbound"})


def _is_switch(node: Any) -> bool:
    """A parameter that stands alone between `or`."""
    return isinstance(node, ast.ParamRef)


def _is_grant(node: Any) -> bool:
    """`(workspace_id, id) in (select object_workspace_id, object_id from permissions …)`, or in rows so found."""
    if isinstance(node, ast.BoolExpr):
        return node.boolop == BoolExprType.AND_EXPR and any(_is_grant(item) for item in given(node.args))
    if not isinstance(node, ast.SubLink) or node.subLinkType != SubLinkType.ANY_SUBLINK:
        return False
    select = _select(node)
    rows = select.fromClause
    found = len(rows) == 1 and isinstance(rows[0], ast.RangeVar) and rows[0].relname == "permissions"
    return found or _is_grant(select.whereClause)


def _select(link: ast.SubLink) -> Any:
    return link.subselect


def _is_install_of_row(node: Any) -> bool:
    """`… = e.install_workspace_id`."""
    return any(
        isinstance(side, ast.ColumnRef) and last_field(side) == ast.String("install_workspace_id")
        for side in (getattr(node, "lexpr", None), getattr(node, "rexpr", None))
    )


FAN_OUTS = (
    FanOut(
        "a switch for platform admins",
        "They read what is anywhere; for everybody else the parameter is false and the list of workspaces stands alone.",
        condition=_is_switch,
    ),
    FanOut(
        "what a grant names",
        "A grant leads into a workspace where the caller is no member. It works on a cluster, at the price of asking all"
        " shards; fetching the owners first would cost every caller a statement.",
        condition=_is_grant,
    ),
    FanOut(
        "the install of a clone that is read",
        "A clone that a grant shows is rendered with its owner's install, so the caller's workspaces are not the ones to"
        " ask; the row's own workspace is.",
        condition=_is_install_of_row,
    ),
    FanOut(
        "live installs of an integration",
        "An integration is purged for everybody, so somebody's install anywhere keeps it.",
        text="select true from installs where integration_id = ",
    ),
    FanOut(
        "how many installs an integration has",
        "Its authors read counts over all workspaces and no row; on a cluster each node counts its own.",
        text="select (c.version_id, v.version, c.installs from|.i.installed_at at time zone .* as day, count)",
    ),
    FanOut(
        "the installs that a draft is run against",
        "An author is told counts of them all; the rows of each are then read by statements that name its workspace.",
        text="select i.id, i.workspace_id from installs i where i.integration_id = ",
    ),
    FanOut(
        "expired installs",
        "The purge looks for them everywhere, once a day; each then goes in a transaction of its own.",
        text="select i.id, i.workspace_id, i.integration_id, i.solution_id from installs i where i.deleted_at < ",
    ),
    FanOut(
        "expired rows of workspaces",
        "The purge looks for them everywhere, once a day; each workspace's rows then go in transactions of their own.",
        text=r"select (e.id, e.workspace_id, e.base_id from entities e|a.id, a.workspace_id from auth_states a|p.id, p.workspace_id from upgrade_plans p) where",
    ),
    FanOut(
        "kinds in use",
        "The kinds are those of the whole database; they change seldom, while no server runs (`graft migrate --kinds`).",
        text="select distinct kind from entities where kind = any",
    ),
    FanOut(
        "the cache of totals",
        "It rests on the transaction ids of one server and is off on a cluster: GRAFT_TOTAL_CACHE=off.",
        text=r".*\bchanges(_horizon)?\b",
        rules=frozenset({"snapshot"}),
    ),
)

# Requests whose one transaction writes rows of several workspaces, by reason.
SEVERAL_WORKSPACES = {
    "Who is deleted leaves each workspace, and each gets its event.": re.compile("DELETE /api/users/"),
}


def binds_on_purpose(condition: Any) -> bool:
    """Whether a condition takes the place of a list of workspaces."""
    return any(fan_out.condition is not None and fan_out.condition(condition) for fan_out in FAN_OUTS)


def allowed(statement: str, rule: str) -> bool:
    """Whether a statement may break a rule."""
    plain = " ".join(statement.split())
    return any(
        fan_out.text is not None and rule in fan_out.rules and re.match(fan_out.text, plain) is not None
        for fan_out in FAN_OUTS
    )
