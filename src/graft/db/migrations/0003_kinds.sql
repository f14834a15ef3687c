-- The kinds of entities beside those that ship with Graft, as the first process had them in its file (GRAFT_KINDS): one
-- row, name → {prefix, schema, merge_keys}. Every process must have the same ones (docs/adr/0018-several-processes.md).
create table kinds (
  one boolean not null default true,
  entries json not null,
  constraint kinds_pkey primary key (one),
  constraint kinds_one check (one)
);
