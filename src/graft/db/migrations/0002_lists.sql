-- What lists need to be fast: a total that need not be counted each time, and an index for each way to look at a
-- marketplace (docs/adr/0016-totals-and-indexes.md).

-------------------------------------------------------------------------------------------------------- totals

-- Which transaction changed which watched table: what tells whether a total that was counted before still holds. Rests
-- on the transaction ids of one server: dropped, with its triggers, where data is spread over several.
create table changes (
  table_name text collate "C" not null,
  -- of a table that is watched by workspace, the workspace whose rows changed; else, and at a truncate, this id
  scope uuid not null default '00000000-0000-0000-0000-000000000000',
  xid xid8 not null default pg_current_xact_id(),
  constraint changes_pkey primary key (table_name, scope, xid)
);

-- Rows of `changes` below this are gone (db/totals.py): a total counted before it cannot be checked.
create table changes_horizon (
  one boolean not null default true,
  xid xid8 not null,
  constraint changes_horizon_pkey primary key (one),
  constraint changes_horizon_one check (one)
);
insert into changes_horizon (xid) values (pg_current_xact_id());

create function note_change() returns trigger language plpgsql as $$
begin
  insert into public.changes (table_name) values (tg_table_name) on conflict do nothing;
  return null;
end
$$;

create function note_change_by_workspace() returns trigger language plpgsql as $$
begin
  insert into public.changes (table_name, scope)
    select distinct tg_table_name, c.workspace_id from changed c on conflict do nothing;
  return null;
end
$$;

create trigger workspaces_changes after insert or update or delete or truncate on workspaces
  for each statement execute function note_change();
create trigger workspace_members_changes after insert or update or delete or truncate on workspace_members
  for each statement execute function note_change();
create trigger permissions_changes after insert or update or delete or truncate on permissions
  for each statement execute function note_change();
create trigger integrations_changes after insert or update or delete or truncate on integrations
  for each statement execute function note_change();
create trigger integration_reviews_changes after insert or update or delete or truncate on integration_reviews
  for each statement execute function note_change();
create trigger integration_versions_changes after insert or update or delete or truncate on integration_versions
  for each statement execute function note_change();

-- An install opens an integration to its workspace alone, so it touches nobody else's totals.
create trigger installs_changes_new after insert on installs referencing new table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_old after delete on installs referencing old table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_to after update on installs referencing new table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_from after update on installs referencing old table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_all after truncate on installs
  for each statement execute function note_change();

------------------------------------------------------------------------------------------------------- indexes

-- These two carry what decides who sees a row: so a count reads the index alone, a twentieth of the table.
drop index integrations_by_publisher;
create index integrations_by_publisher on integrations (publisher, id)
  include (workspace_id, visibility, deleted_at, purged_at);
create index integrations_by_name on integrations (name collate "C", id)
  include (workspace_id, visibility, deleted_at, purged_at);

-- What a workspace has installed, and of several installs the newest: read with every page of the marketplace.
create index installs_held on installs (workspace_id, integration_id, installed_at desc)
  include (version_id) where deleted_at is null;
create index installs_newest_of_integration on installs (integration_id, id);

-- Substrings of names, where the server has the extension; `graft doctor` says where it has not.
do $$
declare
  home text;
begin
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
