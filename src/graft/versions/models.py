"""What a version looks like on the wire."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from graft import names
from graft.web.models import IntegrationId, IntegrationVersionId, RawDocument, UserId, shaped


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
