"""What a version looks like on the wire, and a member of it inside the program."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.ids import Id
from graft.templates import Measure
from graft.web.models import IntegrationId, IntegrationVersionId, RawDocument, UserId, shaped

Role = Literal["member", "closure"]


class Publish(msgspec.Struct, frozen=True, rename="camel"):
    version: Annotated[str, Meta(max_length=256, description="Its number, as Semantic Versioning writes it.")]
    changelog: Annotated[str, Meta(max_length=50_000, description="What is new, for those who upgrade.")] | None = None


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


class VersionMember(msgspec.Struct, frozen=True, gc=False):
    """A member as published. `base_id` is its row, `refs` the slugs that its definition names."""

    base_id: int
    slug: str
    kind: str
    entity_slug: str
    name: str
    description: str | None
    role: Role
    template_id: int
    refs: Sequence[str]
    variables: Sequence[str]
    source_entity_id: Id
    source_version_id: Id
    required: bool
    default_enabled: bool
    fork_on_install: bool
    depends_on: Sequence[str]
    # of the template: see `measure`
    size: int | None = None
    variable_uses: Sequence[int] | None = None

    @property
    def measure(self) -> Measure | None:
        """How its template fills up; None where that was not stored yet."""
        if self.size is None or self.variable_uses is None:
            return None
        return Measure.stored(self.size, self.variables, self.variable_uses)
