-- What purge_versions() looks up in place of reading the clones of everybody (0014).
create index concurrently if not exists entities_kept
  on entities (base_id) where origin_install_id is null and base_id is not null;
create index concurrently if not exists entity_versions_of_base on entity_versions (base_id) where base_id is not null;
