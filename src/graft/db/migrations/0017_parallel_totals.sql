-- Whether this transaction has changed anything. The function that says so counts as unsafe where a statement runs in
-- parallel, and would keep a large count on one processor; asked by the leader alone, as here, it is not.
create function has_written() returns boolean language plpgsql stable parallel restricted as $$
begin
  return pg_current_xact_id_if_assigned() is not null;
end
$$;
