alter table installs add constraint installs_unpurged foreign key (integration_id, needs_unpurged)
  references integrations (id, unpurged) not valid;
alter table installs add constraint installs_needs_unpurged check (needs_unpurged is null or needs_unpurged) not valid;
