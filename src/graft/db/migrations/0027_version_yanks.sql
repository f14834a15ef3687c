-- Versions that their authors have taken back: a table of its own, as the rows of versions never change.
create table version_yanks (
  id uuid not null,
  integration_id uuid not null,
  reason text not null,
  replacement_id uuid,
  yanked_by uuid,
  yanked_at timestamptz not null,
  constraint version_yanks_pkey primary key (id),
  constraint version_yanks_version foreign key (id) references integration_versions (id) on delete cascade,
  constraint version_yanks_replacement foreign key (replacement_id) references integration_versions (id) on delete cascade
);
create index version_yanks_of_integration on version_yanks (integration_id);
create index version_yanks_replacements on version_yanks (replacement_id) where replacement_id is not null;

-- What was published and is seen may have no version left that is not yanked.
alter table integrations drop constraint integrations_published_first;
