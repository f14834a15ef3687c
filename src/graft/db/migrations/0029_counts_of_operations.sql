-- How many members an operation added, updated, removed and left alone, as its reply said.
alter table operations add column counts json;
