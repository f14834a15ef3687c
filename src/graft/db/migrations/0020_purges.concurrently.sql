-- A purge costs what it purges. What it asks: who names a state of variables, which members have a template, which grants
-- and reviews an object has.
create index concurrently if not exists entity_versions_of_state on entity_versions (variables_id)
  where variables_id is not null;
create index concurrently if not exists version_members_of_template on version_members (template_id);
create index concurrently if not exists permissions_of_object on permissions (object_id);
create index concurrently if not exists integration_reviews_of_integration on integration_reviews (integration_id);

-- What the daily purge looks for: the rows that are deleted, of each table in the order in which it goes through them.
create index concurrently if not exists entities_deleted on entities (workspace_id, id)
  where deleted_at is not null and origin_install_id is null;
create index concurrently if not exists installs_deleted on installs (id) where deleted_at is not null;
create index concurrently if not exists integrations_deleted on integrations (id)
  where deleted_at is not null and purged_at is null;
create index concurrently if not exists auth_states_deleted on auth_states (workspace_id, id)
  where deleted_at is not null;
create index concurrently if not exists permissions_deleted on permissions (id) where deleted_at is not null;
create index concurrently if not exists workspace_members_deleted on workspace_members (id)
  where deleted_at is not null;
create index concurrently if not exists api_keys_deleted on api_keys (id) where deleted_at is not null;
