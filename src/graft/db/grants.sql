-- What the application's role may do. It owns nothing. This runs in the transaction of every migration, so that the role
-- may use a new table from the moment it sees it. The early migrations run before the later tables exist: hence the ifs.
grant usage on schema public to :role;
grant select, insert, update, delete on all tables in schema public to :role;
grant usage on all sequences in schema public to :role;

do $$
declare
  name text;
begin
  -- Published versions are immutable, and a version string that was published once is never free again.
  foreach name in array array['integration_versions', 'version_members', 'templates', 'burnt_versions'] loop
    if to_regclass('public.' || name) is not null then
      execute format('revoke update, delete on public.%I from :role', name);
    end if;
  end loop;
  -- States of variables are immutable, as many rows refer to one; a purge deletes them.
  if to_regclass('public.variable_states') is not null then
    revoke update on public.variable_states from :role;
  end if;
  if to_regprocedure('public.purge_versions(uuid)') is not null then
    grant execute on function public.purge_versions(uuid) to :role;
  end if;
  -- Which secret belongs to the database is said once, by the first process, and never changes.
  if to_regclass('public.secret_check') is not null then
    revoke update, delete on public.secret_check from :role;
  end if;
  -- Only the owner migrates.
  revoke insert, update, delete on public.graft_migrations from :role;
end
$$;
