"""Turn OpenAPI 3.0 and 3.1 documents into function and schema entities, and let newer documents update the same ones.

`read` (bytes → value) → `extract` (value → operations and schemas) → `drafts` (→ JSON text with holes for ids) → `plan`
(drafts and existing entities → what is written).
"""

from graft.openapi_import.drafts import FUNCTION, SCHEMA, Draft, drafts_of
from graft.openapi_import.extract import extract
from graft.openapi_import.limits import LIMITS
from graft.openapi_import.match import Existing, ImportKey, OperationKey, SchemaKey
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.plan import PREFIXES, ImportPlan, Write, manifest_members, written_mark
from graft.openapi_import.plan import plan as plan_import
from graft.openapi_import.read import read_document
from graft.openapi_import.slugs import numbered, slug_of

__all__ = [
    "FUNCTION",
    "LIMITS",
    "PREFIXES",
    "SCHEMA",
    "Draft",
    "Existing",
    "ImportKey",
    "ImportPlan",
    "Oddities",
    "OperationKey",
    "SchemaKey",
    "Write",
    "drafts_of",
    "extract",
    "manifest_members",
    "numbered",
    "plan_import",
    "read_document",
    "slug_of",
    "written_mark",
]
