alter table installs validate constraint installs_unpurged;
alter table installs validate constraint installs_needs_unpurged;
