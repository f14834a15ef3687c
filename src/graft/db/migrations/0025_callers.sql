-- Keys that end with the key that made them, the origins of publishable keys, and the log of what concerns no workspace.
alter table api_keys add column made_by_key_id uuid;
alter table api_keys add column origins text[] not null default '{}';

create table platform_events (
  id uuid not null,
  type text collate "C" not null,
  subject_prefix text collate "C" not null,
  subject_id uuid not null,
  actor_id uuid,
  data json not null,
  created_at timestamptz not null,
  constraint platform_events_pkey primary key (id)
);
create index platform_events_of_subject on platform_events (subject_id, id);
