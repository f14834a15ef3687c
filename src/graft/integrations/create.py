"""Create a draft, and change it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden, Problem, raise_if_any
from graft.events.record import record
from graft.ids import Id
from graft.integrations import queries
from graft.integrations.access import AccessedIntegration, access_locked, read_integration
from graft.integrations.models import HTTPS, CreateIntegration, Integration, UpdateIntegration
from graft.integrations.rows import NewIntegration, changed_draft, first_draft
from graft.jsontext import Json, pointer
from graft.manifest import auth_config, manifest, urls
from graft.web.context import WriteContext
from graft.web.structs import changes_of, marked
from graft.workspaces.access import access_workspace_of_body


async def create_integration(ctx: WriteContext, body: CreateIntegration) -> Integration:
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.EDITOR)
    publisher = body.publisher if body.publisher is not None else workspace.slug

    raise_if_any(_problems(ctx, msgspec.structs.asdict(body)))
    if body.trust_tier != "community" and not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin gives a trust tier other than community.")
    if not await queries.lock_publisher(ctx.db, workspace.id, publisher):
        raise Forbidden("The workspace does not have this publisher name.")

    new = NewIntegration(
        **first_draft(body),
        id=ids.new_id(),
        workspace_id=workspace.id,
        slug=body.slug,
        publisher=publisher,
        created_by=ctx.caller.user_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    await queries.insert_integration(ctx.db, new)
    await record(ctx, "integration.created", new.workspace_id, "int", new.id)
    return await read_integration(ctx, new.id)


async def update_integration(ctx: WriteContext, integration_id: Id, body: UpdateIntegration) -> Integration:
    seen = await access_locked(ctx, integration_id, Tier.EDITOR)
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")

    changes = changes_of(body)
    raise_if_any(_problems(ctx, changes))
    if changes.get("trust_tier", seen.shown.trust_tier) != seen.shown.trust_tier and not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin changes the trust tier.")

    if changes:
        await queries.update_draft(ctx.db, integration_id, changed_draft(seen.shown, changes), ctx.now)
        await record(ctx, "integration.updated", seen.workspace_id, "int", integration_id, {"fields": sorted(changes)})
    return await read_integration(ctx, integration_id)


async def replace_manifest(ctx: WriteContext, seen: AccessedIntegration, tree: dict[str, Json]) -> None:
    """Give a draft another manifest, as an import does. `seen` must be from `access_locked`."""
    changes = {"manifest": tree}
    raise_if_any(_problems(ctx, changes))
    await queries.update_draft(ctx.db, seen.id, changed_draft(seen.shown, changes), ctx.now)
    await record(ctx, "integration.updated", seen.workspace_id, "int", seen.id, {"fields": ["manifest"]})


# Python name → JSON name of the fields that take only an `https` address.
_ADDRESSES = marked(CreateIntegration, HTTPS)


def _problems(ctx: WriteContext, values: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with these values of a draft whatever the rest of it is: URLs, and types in documents.

    `values` are by Python name. What only publishing asks for is checked there.
    """
    for name, key in _ADDRESSES.items():
        wrong = urls.https_url_problem(values[name]) if values.get(name) is not None else None
        if wrong:
            yield Problem(pointer(key), "invalid-url", wrong)

    if "manifest" in values:
        for problem in manifest.type_problems(values["manifest"], ctx.process.settings.max_members):
            yield problem.under("/manifest")
    if "auth_config" in values:
        for problem in auth_config.type_problems(values["auth_config"]):
            yield problem.under("/authConfig")
