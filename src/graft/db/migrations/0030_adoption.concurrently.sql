-- The active installs of an integration, counted by version and by day without reading their rows.
create index concurrently if not exists installs_adoption on installs (integration_id, version_id, installed_at)
  where deleted_at is null;
