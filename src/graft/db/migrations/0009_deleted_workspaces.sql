-- The integrations of a deleted workspace are deleted with it (docs/adr/0014-sight-and-consent.md), and come back with it
-- at the same moment; also those of workspaces that were deleted before that was so.
update integrations i set deleted_at = w.deleted_at, updated_at = w.deleted_at, retention_tier = 'none'
from workspaces w
where w.id = i.workspace_id and w.deleted_at is not null and i.deleted_at is null;
