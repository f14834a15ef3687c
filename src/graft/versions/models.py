"""What a version looks like on the wire, and a member of it inside the program."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.ids import Id
from graft.templates import Measure
from graft.web.models import RawDocument

Role = Literal["member", "closure"]


class Publish(msgspec.Struct, frozen=True, rename="camel"):
    version: Annotated[str, Meta(max_length=256)]
    changelog: Annotated[str, Meta(max_length=50_000)] | None = None


class IntegrationVersion(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    integration_id: str
    version: str
    manifest_snapshot: RawDocument
    variables_schema_snapshot: RawDocument
    auth_config_snapshot: RawDocument
    member_entity_versions: RawDocument
    changelog: str | None
    published_by: str | None
    published_at: datetime


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
