-- Keys by the key that made them, which end with it, and by the user in whose name they are.
create index concurrently if not exists api_keys_made_by on api_keys (made_by_key_id)
  where made_by_key_id is not null and deleted_at is null;
create index concurrently if not exists api_keys_of_user on api_keys (user_id) where deleted_at is null;
