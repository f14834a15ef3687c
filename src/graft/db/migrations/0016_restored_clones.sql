-- A clone that an upgrade had removed and a person restored was no member, before restoring it made it one: what was
-- edited there would be overwritten when its slug comes back. It becomes what it is when it is restored now: a member
-- that is detached. With a deleted install it comes back as one.
update install_members m set detached_by = coalesce(m.detached_by, 'call'), handed_back = null, deleted_at = i.deleted_at,
  deleted_by = case when i.deleted_at is not null then 'uninstall' end, retention_tier = i.retention_tier,
  slug = case when exists (
      select 1 from install_members o where o.install_id = m.install_id and o.workspace_id = m.workspace_id
        and o.slug = m.slug and o.id <> m.id)
    then split_part(m.slug, '~', 1) || '~' || e.kind || '~' || right(m.id::text, 12) else m.slug end
from entities e, installs i
where e.id = m.id and e.workspace_id = m.workspace_id and i.id = m.install_id and i.workspace_id = m.workspace_id
  and m.deleted_by = 'upgrade' and (e.deleted_at is null or e.deleted_at = i.deleted_at);
