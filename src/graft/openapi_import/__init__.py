"""OpenAPI 3.0 and 3.1 documents become function and schema entities, and newer ones update the same entities."""
