-- The one deleter of published versions: takes those of a purged integration that nothing names any more, their members
-- and the templates that only they used, and the tombstone itself once no version is left. Returns the versions gone.
-- What names a version is looked up from its installs, deleted ones too, and from clones that outlived theirs: never
-- among the rows of everybody.
create or replace function purge_versions(purged uuid) returns integer
  language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  ours uuid[];
  bases bigint[];
  named bigint[];
  doomed uuid[];
  spent bigint[];
begin
  perform 1 from integrations where id = purged and purged_at is not null for update;
  if not found then
    return 0;
  end if;
  ours := array(select i.id from installs i where i.integration_id = purged);
  bases := array(select m.id from version_members m
    where m.version_id in (select v.id from integration_versions v where v.integration_id = purged));
  -- whatever comes to name a base has its line here
  named := array(
    select e.base_id from entities e where e.origin_install_id = any (ours) and e.base_id is not null
    union select e.base_id from entities e where e.origin_install_id is null and e.base_id = any (bases)
    union select ev.base_id from entity_versions ev where ev.base_id = any (bases)
    union select im.base_id from install_members im where im.install_id = any (ours) and im.base_id is not null);
  select array_agg(v.id) into doomed from integration_versions v where v.integration_id = purged
    and v.id not in (select i.version_id from installs i where i.id = any (ours))
    and v.id not in (select o.from_version_id from operations o
      where o.install_id = any (ours) and o.from_version_id is not null)
    and v.id not in (select o.to_version_id from operations o
      where o.install_id = any (ours) and o.to_version_id is not null)
    and v.id not in (select m.version_id from version_members m where m.id = any (named));
  if doomed is not null then
    select array_agg(distinct m.template_id) into spent from version_members m where m.version_id = any (doomed);
    delete from version_members m where m.version_id = any (doomed);
    delete from templates t where t.id = any (spent)
      and not exists (select 1 from version_members m where m.template_id = t.id);
    delete from integration_versions v where v.id = any (doomed);
  end if;
  -- an install row that is still there keeps the tombstone as well
  if cardinality(ours) = 0 then
    delete from integrations i where i.id = purged
      and not exists (select 1 from integration_versions v where v.integration_id = purged);
  end if;
  return coalesce(cardinality(doomed), 0);
end
$$;
