-- What tells the installation's secret (GRAFT_SECRET_KEY) from others, as the first process that started had it: one row,
-- a key derived of it that is used for nothing else. Every process must have the same secret.
create table secret_check (
  one boolean not null default true,
  value bytea not null,
  constraint secret_check_pkey primary key (one),
  constraint secret_check_one check (one)
);
