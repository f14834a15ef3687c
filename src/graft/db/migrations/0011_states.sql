-- One state model under everything that changes an install: variables as immutable states that rows name, members that
-- keep reading as they did (pinned), who deleted a row, and operations with the rows as they were before.

create table variable_states (
  id uuid not null,
  workspace_id uuid not null,
  install_id uuid not null,
  given json not null,
  filled json not null,
  created_at timestamptz not null,
  constraint variable_states_pkey primary key (id, workspace_id),
  constraint variable_states_workspace foreign key (workspace_id) references workspaces (id)
);
create index variable_states_of_install on variable_states (install_id);

alter table installs add column variables_id uuid;
alter table entities add column pinned_variables_id uuid;
alter table entities add column pinned_ids json;
alter table entities add column deleted_by text collate "C";
alter table entity_versions add column variables_id uuid;
alter table install_members add column version_id uuid;
alter table install_members add column pinned_variables_id uuid;
alter table install_members add column handed_back boolean;
alter table install_members add column deleted_by text collate "C";
alter table operations add column reason text;
alter table operations add column undoes uuid;
alter table operations add column key_id uuid;

-- What equals the default of its version counts as filled in, and follows the default from now on.
with made as (
  insert into variable_states (id, workspace_id, install_id, given, filled, created_at)
  select gen_random_uuid(), i.workspace_id, i.id, coalesce((
      select json_object_agg(e.key, e.value) from json_each(i.variables) e
      where e.value::text <> 'null' and e.value::text is distinct from coalesce(
        (v.manifest_snapshot -> 'defaults' -> 'variables' -> e.key)::text,
        (v.variables_schema_snapshot -> 'properties' -> e.key -> 'default')::text)), '{}'),
    i.variables, coalesce(i.last_upgraded_at, i.installed_at)
  from installs i join integration_versions v on v.id = i.version_id
  returning id, install_id, workspace_id)
update installs i set variables_id = m.id from made m where m.install_id = i.id and m.workspace_id = i.workspace_id;

-- What clones were detached with: one state for each text of an install.
with texts as (
  select ev.workspace_id, coalesce(e.origin_install_id, '00000000-0000-0000-0000-000000000000') as install_id,
    ev.base_variables::text as filled, min(ev.created_at) as created_at
  from entity_versions ev join entities e on e.id = ev.entity_id and e.workspace_id = ev.workspace_id
  where ev.base_variables is not null group by 1, 2, 3),
made as (
  insert into variable_states (id, workspace_id, install_id, given, filled, created_at)
  select gen_random_uuid(), t.workspace_id, t.install_id, t.filled::json, t.filled::json, t.created_at from texts t
  returning id, workspace_id, install_id, filled::text as filled)
update entity_versions ev set variables_id = m.id from made m, entities e
where e.id = ev.entity_id and e.workspace_id = ev.workspace_id and m.workspace_id = ev.workspace_id
  and m.install_id = coalesce(e.origin_install_id, '00000000-0000-0000-0000-000000000000')
  and m.filled = ev.base_variables::text;

-- A reference that stayed behind kept its ids alone; it reads with the variables that the install has now.
update install_members m set pinned_variables_id = i.variables_id from installs i
where i.id = m.install_id and i.workspace_id = m.workspace_id and m.pinned_ids is not null;

-- An attached clone with a text of its own was handed back, or written down because something named it; the next
-- upgrade overwrites it either way.
update install_members m set handed_back = true from entities e
where e.id = m.id and e.workspace_id = m.workspace_id and m.base_id is null and m.detached_by is null
  and e.definition is not null;

update install_members m set deleted_by = case when m.deleted_at = i.deleted_at then 'uninstall' else 'upgrade' end
from installs i where i.id = m.install_id and i.workspace_id = m.workspace_id and m.deleted_at is not null;
update entities e set deleted_by = coalesce((
  select m.deleted_by from install_members m
  where m.id = e.id and m.workspace_id = e.workspace_id and m.deleted_at = e.deleted_at), 'person')
where e.deleted_at is not null;

alter table installs alter column variables_id set not null;
alter table installs drop column variables;
alter table entity_versions drop column base_variables;
alter table entities drop constraint entities_has_refs;
alter table entities add constraint entities_has_refs
  check ((definition is null and pinned_ids is null) = (refs is null));
alter table entities add constraint entities_pinned
  check ((pinned_ids is null) = (pinned_variables_id is null) and (pinned_ids is null or definition is null));
alter table entities add constraint entities_deleted_by
  check (deleted_by is null or deleted_at is not null and deleted_by in ('person', 'upgrade', 'uninstall', 'undo'));
alter table install_members add constraint install_members_pinned
  check ((pinned_ids is null) = (pinned_variables_id is null));
alter table install_members add constraint install_members_handed_back
  check (handed_back is null or handed_back and detached_by is null and base_id is null);
alter table install_members add constraint install_members_deleted_by
  check (deleted_by is null or deleted_at is not null and deleted_by in ('upgrade', 'uninstall', 'undo'));
alter table operations add constraint operations_kind check (kind in ('install', 'upgrade', 'edit', 'rename', 'detach',
  'attach', 'hold', 'delete', 'restore', 'reconfigure', 'uninstall', 'reinstate', 'undo'));
alter table installs add constraint installs_variables
  foreign key (variables_id, workspace_id) references variable_states (id, workspace_id);
create index installs_of_variables on installs (variables_id);
