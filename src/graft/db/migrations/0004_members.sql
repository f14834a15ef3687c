-- One index for the slugs of an install in place of two: those that went are in it as well, told apart by when they went.
-- 65 bytes a member.
drop index install_members_of_install;
drop index install_members_slug;
create unique index install_members_slug
  on install_members (install_id, slug, workspace_id, deleted_at) nulls not distinct;
