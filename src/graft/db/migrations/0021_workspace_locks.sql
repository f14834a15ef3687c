-- What changes the installs of a workspace holds this row of the workspace's own, and no row of the catalogue.
create table workspace_locks (
  id uuid not null,
  workspace_id uuid not null,
  constraint workspace_locks_pkey primary key (id, workspace_id),
  constraint workspace_locks_workspace foreign key (workspace_id) references workspaces (id),
  constraint workspace_locks_one check (id = workspace_id)
);
-- a workspace that is made meanwhile gets its row when it is first asked for
insert into workspace_locks (id, workspace_id) select w.id, w.id from workspaces w;

-- Nobody purges an integration while an active install has it: a foreign key, in the files that follow.
alter table integrations add column unpurged boolean not null default true;
update integrations set unpurged = false where purged_at is not null;
alter table installs add column needs_unpurged boolean;
