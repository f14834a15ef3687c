-- How many bytes documents have, so that a page ends where it has enough of them without unpacking any to count. Null
-- where a release before wrote the row: then they are counted.
alter table integrations add column size integer;
alter table integration_versions add column size integer;
alter table templates add column body_size integer;
alter table variable_states add column size integer;
alter table entities add column size integer;
alter table entity_versions add column size integer;
