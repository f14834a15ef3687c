"""Asks for plans: new ones of one install or of several, stored ones, and those that follow from decisions."""

from collections.abc import Mapping, Sequence

from graft.cli.client import Client
from graft.cli.failure import Code, Failure
from graft.cli.find import find_version
from graft.cli.upgrades.pages import Tell, plan_of, posted, whole_plan
from graft.jsontext import Json

# What is said of one install, and not of several.
_OF_ONE = {"variables": "--set", "acceptPermissions": "--accept"}
_MOST_ROUNDS = 20


def new_plan(client: Client, install_ids: Sequence[str], to: str | None, body: Mapping[str, Json]) -> bytes:
    """The reply. Raises `Failure` where something is said of several installs that is one install's."""
    path = f"/api/integration-installs/{install_ids[0]}"
    if len(install_ids) == 1:
        if to is not None:
            integration_id = client.call("GET", path)["integrationId"]
            body = {**body, "integrationVersionId": find_version(client, to, integration_id)}
        return posted(client, f"{path}/upgrade-plans", body)

    said = ["--to"] * (to is not None) + [option for key, option in _OF_ONE.items() if body[key]]
    if said:
        raise Failure(f"{', '.join(said)}: say it of one install, in a plan of its own.", Code.WRONG_USAGE)
    together = {
        "workspaceId": client.call("GET", path)["workspaceId"],
        "installs": [{"integrationInstallId": install_id} for install_id in install_ids],
    }
    return posted(client, "/api/upgrade-plans", {**body, **together})


def stored_plan(client: Client, named: Sequence[str], to: str | None, body: Mapping[str, Json]) -> bytes:
    """A plan that there is; with decisions the one that follows from it."""
    plan_id, *others = named
    if others or to or any(value for name, value in body.items() if name != "resolutions"):
        raise Failure(f"Of {plan_id} only --resolve and --rest can be said; plan the install anew.", Code.WRONG_USAGE)
    path = f"/api/upgrade-plans/{plan_id}"
    if body["resolutions"]:
        return posted(client, f"{path}/resolve", {"resolutions": body["resolutions"]})
    return client.text("GET", path)


def decide_rest(client: Client, text: bytes, choice: str, tell: Tell) -> bytes:
    """The plan that follows from deciding all conflicts alike; in rounds, as a plan names the first of many."""
    for _ in range(_MOST_ROUNDS):
        plan = plan_of(text)
        # a slug may be that of members of several installs
        left = {
            member.member_id: {place.pointer: choice for place in member.conflicts}
            for member in plan.members
            if member.conflicts
        }
        if not left:
            break
        text = whole_plan(client, posted(client, f"/api/upgrade-plans/{plan.id}/resolve", {"resolutions": left}), tell)
    return text
