"""What the wire forms of several slices share."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from graft import ids, names

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=names.NAME, description="The name, for people.")]
Description = Annotated[str, Meta(max_length=2000, pattern=names.TEXT, description="What it is, for people.")]
Document = dict[str, Any]
# a document as the text that the database has
RawDocument = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]
TierName = Literal["viewer", "editor", "admin"]
RetentionTier = Literal["short", "medium", "long", "none"]


def id_of(prefix: str, description: str) -> Meta:
    """Of a text that is an id of this prefix. It says so in the document; who reads the id checks it."""
    return Meta(description=description, extra_json_schema={"pattern": f"^{prefix}_{ids.SUFFIX}$"})


def shaped(component: str, description: str) -> Meta:
    """Of an object that a component of the document describes: `graft.manifest.json_schema`."""
    return Meta(description=description, extra_json_schema={"$ref": f"#/components/schemas/{component}"})


# Ids, by what they name. A field that means more by one says so in a `Meta` of its own.
WorkspaceId = Annotated[str, id_of("wsp", "The workspace that it belongs to.")]
UserId = Annotated[str, id_of("usr", "The user.")]
EntityId = Annotated[str, id_of("[a-z]{3}", "The entity.")]
EntityVersionId = Annotated[str, id_of("entver", "The version of the entity.")]
IntegrationId = Annotated[str, id_of("int", "The integration.")]
IntegrationVersionId = Annotated[str, id_of("intver", "The version of the integration.")]
InstallId = Annotated[str, id_of("intins", "The install.")]
AuthStateId = Annotated[str, id_of("ats", "The auth state with the credentials.")]
SolutionId = Annotated[str, id_of("sol", "The solution.")]
SubjectId = Annotated[str, id_of("(usr|wsp)", "Who is let in: a user, or all members of a workspace.")]

# Who and when, as every row has it.
CreatedBy = Annotated[UserId, Meta(description="The user who made it, or on whose behalf a key did.")] | None
CreatedAt = Annotated[datetime, Meta(description="When it was made.")]
UpdatedAt = Annotated[datetime, Meta(description="When it was changed last.")]
DeletedAt = Annotated[datetime, Meta(description="When it was deleted; null while it is there.")] | None
Retention = Annotated[
    RetentionTier,
    Meta(description="How long what is deleted is kept: `short` 7 days, `medium` 30, `long` 90, `none` for ever."),
]
AccessTier = Annotated[
    TierName, Meta(description="`viewer` sees, `editor` changes and installs, `admin` also decides who may.")
]


class Success(msgspec.Struct, frozen=True):
    success: Annotated[bool, Meta(description="Always true: what went wrong is a problem.")] = True


def rfc3339(moment: datetime | None) -> str | None:
    """With milliseconds or finer also where the fraction is zero: for moments that callers give."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None
