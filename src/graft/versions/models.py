"""What a version looks like on the wire."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from graft import names
from graft.web.models import (
    InstallId,
    IntegrationId,
    IntegrationVersionId,
    RawDocument,
    UserId,
    WorkspaceId,
    shaped,
)


class Publish(msgspec.Struct, frozen=True, rename="camel"):
    version: Annotated[str, Meta(max_length=256, description="Its number, as Semantic Versioning writes it.")]
    changelog: (
        Annotated[str, Meta(max_length=50_000, pattern=names.TEXT, description="What is new, for those who upgrade.")]
        | None
    ) = None


class IntegrationVersion(msgspec.Struct, frozen=True, rename="camel"):
    id: IntegrationVersionId
    integration_id: IntegrationId
    version: Annotated[str, Meta(description="Its number, as Semantic Versioning writes it.")]
    manifest_snapshot: Annotated[msgspec.Raw, shaped("Manifest", "The manifest as it was published.")]
    variables_schema_snapshot: Annotated[
        msgspec.Raw, shaped("VariablesSchema", "The variables schema as it was published.")
    ]
    auth_config_snapshot: Annotated[msgspec.Raw, shaped("AuthConfig", "The auth config as it was published.")]
    member_entity_versions: Annotated[
        RawDocument,
        Meta(description="The version of the entity of each member, by slug; `schema:…` are reached by references."),
    ]
    changelog: Annotated[str | None, Meta(description="What is new, for those who upgrade.")]
    published_by: Annotated[UserId | None, Meta(description="Who published it.")]
    published_at: Annotated[datetime, Meta(description="When it was published.")]


_WHY = Meta(min_length=1, max_length=2000, pattern=names.TEXT, description="Why, for those who have it or want it.")


class YankRequest(msgspec.Struct, frozen=True, rename="camel"):
    reason: Annotated[str, _WHY]
    replacement_version_id: Annotated[
        IntegrationVersionId | None, Meta(description="The version of the same integration to use in its place.")
    ] = None


class HoldingInstall(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: InstallId
    workspace_id: Annotated[WorkspaceId, Meta(description="The workspace that it is installed in.")]


class Yank(msgspec.Struct, frozen=True, rename="camel"):
    """Whether a version is yanked, and which of the installs that the caller sees have it."""

    integration_version_id: Annotated[IntegrationVersionId, Meta(description="The version.")]
    integration_id: IntegrationId
    version: Annotated[str, Meta(description="Its number.")]
    yanked: Annotated[bool, Meta(description="Whether new installs get it only where they name it.")]
    reason: Annotated[str | None, Meta(description="Why it is yanked.")]
    replacement_version_id: Annotated[
        IntegrationVersionId | None, Meta(description="The version to use in its place, where its authors name one.")
    ]
    yanked_by: Annotated[UserId | None, Meta(description="Who yanked it.")]
    yanked_at: Annotated[datetime | None, Meta(description="When it was yanked; null where it is not.")]
    current_version: Annotated[str | None, Meta(description="The version that new installs get; null: none is left.")]
    install_count: Annotated[int, Meta(description="How many active installs that you see have it.")]
    installs: Annotated[list[HoldingInstall], Meta(description="Those installs, the first 500.")]
