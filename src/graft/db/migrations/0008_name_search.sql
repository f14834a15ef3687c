-- Substrings of names, again: the embedded server had no pg_trgm when 0002 was applied, and may have it by now.
do $$
declare
  home text;
begin
  if to_regclass('integrations_name_search') is not null then
    return;
  end if;
  if exists (select 1 from pg_available_extensions e where e.name = 'pg_trgm') then
    begin
      create extension if not exists pg_trgm;
    exception when insufficient_privilege then
      null;
    end;
  end if;
  select e.extnamespace::regnamespace::text into home from pg_extension e where e.extname = 'pg_trgm';
  if home is not null then
    execute format('create index integrations_name_search on integrations using gin (name %s.gin_trgm_ops)', home);
  end if;
end
$$;
