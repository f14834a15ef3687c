-- What an upgrade or an undo would do, stored so that it can be done exactly so.
create table upgrade_plans (
  id uuid not null,
  workspace_id uuid not null,
  kind text collate "C" not null,
  state text collate "C" not null,
  install_ids uuid[] not null,
  -- what was asked for, the resolutions of conflicts among it
  request json not null,
  -- each member that does not stay as it is, and what becomes of it; no text and no value of one
  outcomes json not null,
  -- the ids of those members that have rows, in the order of the outcomes
  row_ids uuid[] not null,
  -- SHA-256 of all that was read
  fingerprint bytea not null,
  created_by uuid,
  created_at timestamptz not null,
  constraint upgrade_plans_pkey primary key (id, workspace_id),
  constraint upgrade_plans_workspace foreign key (workspace_id) references workspaces (id),
  constraint upgrade_plans_kind check (kind in ('upgrade', 'undo', 'uninstall')),
  constraint upgrade_plans_state check (state in ('open', 'applied', 'stale'))
);
create index upgrade_plans_newest on upgrade_plans (workspace_id, id);
