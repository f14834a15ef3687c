-- What goes with an upgrade although own entities or other installs name it is looked up among the texts of the workspace,
-- which are few beside its clones.
create index concurrently if not exists entities_naming on entities (workspace_id, id) where refs is not null;
