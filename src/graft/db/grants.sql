-- What the application's role may do; applied after every migration. It owns nothing.
grant usage on schema public to :role;
grant select, insert, update, delete on all tables in schema public to :role;
grant usage on all sequences in schema public to :role;
grant execute on function purge_versions(uuid) to :role;
-- Published versions are immutable, spent version strings are spent, migrations are the owner's.
revoke update, delete on integration_versions, version_members, templates, burnt_versions from :role;
revoke insert, update, delete on graft_migrations from :role;
