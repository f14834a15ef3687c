-- What the application's role may do. It owns nothing. Applied in the transaction of every migration, so that it may use
-- whatever it sees; and a table that comes with a later one is not there yet.
grant usage on schema public to :role;
grant select, insert, update, delete on all tables in schema public to :role;
grant usage on all sequences in schema public to :role;

do $$
declare
  name text;
begin
  -- Published versions are immutable, spent version strings are spent.
  foreach name in array array['integration_versions', 'version_members', 'templates', 'burnt_versions'] loop
    if to_regclass('public.' || name) is not null then
      execute format('revoke update, delete on public.%I from :role', name);
    end if;
  end loop;
  -- So are states of variables, which many rows name; a purge takes them.
  if to_regclass('public.variable_states') is not null then
    revoke update on public.variable_states from :role;
  end if;
  if to_regprocedure('public.purge_versions(uuid)') is not null then
    grant execute on function public.purge_versions(uuid) to :role;
  end if;
  -- So is which secret the database was made with.
  if to_regclass('public.secret_check') is not null then
    revoke update, delete on public.secret_check from :role;
  end if;
  -- Migrations are the owner's.
  revoke insert, update, delete on public.graft_migrations from :role;
end
$$;
