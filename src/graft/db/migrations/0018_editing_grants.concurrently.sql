-- Whose drafts a caller reads by a grant: asked with every page of the marketplace, of few grants among many.
create index concurrently if not exists permissions_editing on permissions (subject_id, object_id)
  where deleted_at is null and tier in ('editor', 'admin');
