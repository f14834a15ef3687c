-- How large a template reads is known without reading it. Null: it was stored before this and has to be read.
alter table templates add column size integer;
alter table templates add column variable_uses integer[];
