create unique index concurrently if not exists integrations_unpurged on integrations (id, unpurged);
-- What the daily purge looks at again: it goes with the last row that names one of its versions.
create index concurrently if not exists integrations_tombstones on integrations (id) where purged_at is not null;
