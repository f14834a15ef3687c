"""Turn OpenAPI 3.0 and 3.1 documents into function and schema entities, and let newer documents update the same ones.

`read` (bytes → value) → `extract` (value → operations and schemas) → `drafts` (→ JSON text with holes for ids) → `plan`
(drafts and existing entities → what is written).
"""
