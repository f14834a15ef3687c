"""Which table is what where data is spread over several servers: each is in exactly one list."""

# A full copy on every node: read everywhere, written seldom. Parents first.
REFERENCE = (
    "workspaces",
    "users",
    "workspace_members",
    "publishers",
    "api_keys",
    "permissions",
    "integrations",
    "integration_reviews",
    "integration_versions",
    "burnt_versions",
    "templates",
    "version_members",
)

# Distributed by `workspace_id`, each workspace's rows together. Parents first.
TENANT = (
    "auth_states",
    "solutions",
    "variable_states",
    "installs",
    "entities",
    "entity_versions",
    "install_members",
    "operations",
    "events",
)

# On one node only.
LOCAL = ("graft_migrations", "kinds", "secret_check", "changes", "changes_horizon")
