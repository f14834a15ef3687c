"""Create a draft, and change it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden, Problem, raise_if_any
from graft.events.record import record
from graft.ids import Id
from graft.integrations import queries, wire
from graft.integrations.access import AccessedIntegration, access_integration, access_locked
from graft.integrations.models import CreateIntegration, Integration, UpdateIntegration
from graft.jsontext import Json, pointer
from graft.manifest import auth_config, manifest, urls
from graft.web.context import WriteContext
from graft.workspaces.access import access_workspace_of_body


async def create_integration(ctx: WriteContext, body: CreateIntegration) -> Integration:
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.EDITOR)
    publisher = body.publisher if body.publisher is not None else workspace["slug"]
    raise_if_any(_problems(ctx, msgspec.structs.asdict(body)))
    if body.trust_tier != "community" and not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin gives a trust tier other than community.")
    if not await queries.owns_publisher(ctx.db, workspace["id"], publisher):
        raise Forbidden("The workspace does not have this publisher name.")
    integration_id = ids.new_id()
    await queries.insert(
        ctx.db,
        integration_id,
        workspace["id"],
        body.slug,
        body.name,
        body.description,
        body.icon_url,
        publisher,
        body.trust_tier,
        jsontext.encode(body.manifest),
        jsontext.encode(body.variables_schema),
        jsontext.encode(body.auth_config),
        ctx.caller.user_id,
        ctx.now,
    )
    await record(ctx, "integration.created", workspace["id"], "int", integration_id)
    return wire.integration((await access_integration(ctx, integration_id)).row)


async def update_integration(ctx: WriteContext, integration_id: Id, body: UpdateIntegration) -> Integration:
    seen = await access_locked(ctx, integration_id, Tier.EDITOR)
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
    changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    raise_if_any(_problems(ctx, changes))
    tier = changes.get("trust_tier", seen.row["trust_tier"])
    if tier != seen.row["trust_tier"] and not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin changes the trust tier.")

    def value(name: str) -> Any:
        return changes.get(name, seen.row[name])

    def document(name: str) -> Any:
        return jsontext.encode(changes[name]) if name in changes else seen.row[name]

    if changes:
        await queries.update(
            ctx.db,
            integration_id,
            value("name"),
            value("description"),
            value("icon_url"),
            tier,
            document("manifest"),
            document("variables_schema"),
            document("auth_config"),
            ctx.now,
        )
        await record(ctx, "integration.updated", seen.workspace_id, "int", integration_id, {"fields": sorted(changes)})
    return wire.integration((await access_integration(ctx, integration_id)).row)


async def replace_manifest(ctx: WriteContext, seen: AccessedIntegration, tree: Json) -> None:
    """Give a draft that is held another manifest, as an import does."""
    raise_if_any(_problems(ctx, {"manifest": tree}))
    row = seen.row
    await queries.update(
        ctx.db,
        seen.id,
        row["name"],
        row["description"],
        row["icon_url"],
        row["trust_tier"],
        jsontext.encode(tree),
        row["variables_schema"],
        row["auth_config"],
        ctx.now,
    )
    await record(ctx, "integration.updated", seen.workspace_id, "int", seen.id, {"fields": ["manifest"]})


def _problems(ctx: WriteContext, values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with these documents and URLs, whatever the draft becomes later."""
    problems: list[Problem] = []

    def under(name: str, found: list[Problem]) -> None:
        problems.extend(problem.under(pointer(name)) for problem in found)

    if values.get("icon_url") is not None:
        wrong = urls.https_url_problem(values["icon_url"])
        if wrong:
            problems.append(Problem("/iconUrl", "invalid-url", wrong))
    if "manifest" in values:
        under("manifest", manifest.check_types(values["manifest"], ctx.process.settings.max_members))
    if "auth_config" in values:
        under("authConfig", auth_config.check_types(values["auth_config"]))
    return problems
