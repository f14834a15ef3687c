-- The whole of Graft's data. Catalogue tables first (few writers, many readers), then what belongs to one workspace.
-- Rules that keep it movable to a distributed PostgreSQL are listed in docs/architecture.md and held by a test.

---------------------------------------------------------------------------------------------------- catalogue

create table workspaces (
  id uuid not null,
  slug text collate "C" not null,
  name text not null,
  description text,
  -- what a soft-deleted row of this workspace remembers as its own tier
  retention_tier text collate "C" not null default 'medium',
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint workspaces_pkey primary key (id),
  constraint workspaces_slug unique (slug),
  constraint workspaces_retention_tier check (retention_tier in ('short', 'medium', 'long', 'none'))
);

create table users (
  id uuid not null,
  email text not null,
  name text not null,
  platform_admin boolean not null default false,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint users_pkey primary key (id)
);
-- An address names one living user.
create unique index users_email on users (lower(email)) where deleted_at is null;

create table workspace_members (
  id uuid not null,
  workspace_id uuid not null,
  user_id uuid not null,
  tier text collate "C" not null,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint workspace_members_pkey primary key (id),
  constraint workspace_members_workspace foreign key (workspace_id) references workspaces (id),
  constraint workspace_members_user foreign key (user_id) references users (id),
  constraint workspace_members_tier check (tier in ('viewer', 'editor', 'admin'))
);
-- A user has one role in a workspace.
create unique index workspace_members_one_role on workspace_members (workspace_id, user_id) where deleted_at is null;
create index workspace_members_of_user on workspace_members (user_id) where deleted_at is null;
-- This one, and the others that are named so: what the daily purge goes through.
create index workspace_members_deleted on workspace_members (id) where deleted_at is not null;

-- The names under which a workspace publishes; its slug is the first of them.
create table publishers (
  id uuid not null,
  name text collate "C" not null,
  workspace_id uuid not null,
  created_by uuid,
  created_at timestamptz not null,
  constraint publishers_pkey primary key (id),
  constraint publishers_name unique (name),
  constraint publishers_workspace foreign key (workspace_id) references workspaces (id)
);
create index publishers_of_workspace on publishers (workspace_id);

create table api_keys (
  id uuid not null,
  kind text collate "C" not null,
  -- of a secret or publishable key: the workspace it acts for; of a session: null
  workspace_id uuid,
  -- of a session: who calls; of a key: on whose behalf it was made, which is what its work is signed with
  user_id uuid not null,
  tier text collate "C",
  name text not null,
  -- HMAC-SHA-256 of the token under a derived key: the token itself is nowhere
  hash bytea not null,
  hint text not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  -- the key that made it, with which it ends at the latest; null: made by a session
  made_by_key_id uuid,
  -- of a publishable key: the sites whose pages may use it
  origins text[] not null default '{}',
  constraint api_keys_pkey primary key (id),
  constraint api_keys_hash unique (hash),
  constraint api_keys_workspace foreign key (workspace_id) references workspaces (id),
  constraint api_keys_user foreign key (user_id) references users (id),
  constraint api_keys_kind check (kind in ('secret', 'publishable', 'session')),
  constraint api_keys_acts_for check ((kind = 'session') = (workspace_id is null) and (kind = 'session') = (tier is null)),
  constraint api_keys_tier check (tier in ('viewer', 'editor', 'admin'))
);
create index api_keys_deleted on api_keys (id) where deleted_at is not null;
create index api_keys_made_by on api_keys (made_by_key_id) where made_by_key_id is not null and deleted_at is null;
create index api_keys_of_user on api_keys (user_id) where deleted_at is null;

-- Grants on one integration or entity, to a user, to a workspace, or (subject null) to everybody as viewer.
create table permissions (
  id uuid not null,
  object_kind text collate "C" not null,
  object_id uuid not null,
  object_workspace_id uuid not null,
  subject_kind text collate "C",
  subject_id uuid,
  tier text collate "C" not null,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint permissions_pkey primary key (id),
  constraint permissions_workspace foreign key (object_workspace_id) references workspaces (id),
  constraint permissions_tier check (tier in ('viewer', 'editor', 'admin')),
  constraint permissions_subject check ((subject_id is null) = (subject_kind is null)),
  constraint permissions_public_is_viewer check (subject_id is not null or tier = 'viewer')
);
-- One grant a subject and object; changing it is a PATCH.
create unique index permissions_one_grant
  on permissions (object_id, coalesce(subject_id, '00000000-0000-0000-0000-000000000000')) where deleted_at is null;
create index permissions_of_subject on permissions (subject_id, object_id) where deleted_at is null;
-- Whose drafts a caller reads by a grant: asked with every page of the marketplace, of few grants among many.
create index permissions_editing on permissions (subject_id, object_id)
  where deleted_at is null and tier in ('editor', 'admin');
-- With its object all grants go, ended ones too.
create index permissions_of_object on permissions (object_id);
create index permissions_deleted on permissions (id) where deleted_at is not null;

-- What happened to users, sessions and platform admins, who belong to no workspace.
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

create table integrations (
  id uuid not null,
  workspace_id uuid not null,
  slug text collate "C" not null,
  name text not null,
  description text,
  icon_url text,
  publisher text collate "C" not null,
  trust_tier text collate "C" not null default 'community',
  -- the highest published version by precedence that is not yanked, kept here so that a list needs no join to show it
  current_version_id uuid,
  current_version text collate "C",
  manifest json not null,
  variables_schema json not null,
  auth_config json not null,
  -- members that an import took out of the manifest with their operations, by entity: they come back as they were
  members_aside json,
  visibility text collate "C" not null default 'private',
  created_by uuid,
  deleted_at timestamptz,
  retention_tier text collate "C",
  -- a tombstone: out of every call, kept only while something still names one of its versions
  purged_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- that of the current version
  current_precedence text collate "C",
  -- bytes of the three documents of the draft; here and below null in rows of releases that did not count them
  size integer,
  -- true until it is purged: what an active install needs of it
  unpurged boolean not null default true,
  constraint integrations_pkey primary key (id),
  constraint integrations_workspace foreign key (workspace_id) references workspaces (id),
  constraint integrations_visibility check (visibility in ('private', 'unlisted', 'public')),
  constraint integrations_trust_tier check (trust_tier in
    ('first_party', 'vendor_official', 'verified_partner', 'verified_publisher', 'community')),
  constraint integrations_retention check ((deleted_at is null) = (retention_tier is null)),
  constraint integrations_purged_is_deleted check (purged_at is null or deleted_at is not null),
  constraint integrations_current check ((current_version is null) = (current_version_id is null))
);
-- A slug is its publisher's until purge, so that restore always works.
create unique index integrations_slug on integrations (publisher, slug) where purged_at is null;
create index integrations_of_workspace on integrations (workspace_id, id);
create index integrations_public on integrations (id) where visibility = 'public' and deleted_at is null;
create index integrations_deleted on integrations (id) where deleted_at is not null and purged_at is null;
create index integrations_tombstones on integrations (id) where purged_at is not null;
create unique index integrations_unpurged on integrations (id, unpurged);
-- These two carry what decides who sees a row: so a count reads the index alone, a twentieth of the table.
create index integrations_by_publisher on integrations (publisher, id)
  include (workspace_id, visibility, deleted_at, purged_at);
create index integrations_by_name on integrations (name collate "C", id)
  include (workspace_id, visibility, deleted_at, purged_at);
-- Substrings of names, where the server has the extension; `graft doctor` says where it has not.
do $$
declare
  home text;
begin
  if exists (select 1 from pg_available_extensions e where e.name = 'pg_trgm') then
    begin
      create extension if not exists pg_trgm;
    exception when insufficient_privilege then
      null;
    end;
  end if;
  select e.extnamespace::regnamespace::text into home from pg_extension e where e.extname = 'pg_trgm';
  if home is not null then
    execute format('create index integrations_name_search on integrations using gin (name %s.gin_trgm_ops)', home);
  end if;
end
$$;

create table integration_reviews (
  id uuid not null,
  integration_id uuid not null,
  state text collate "C" not null default 'pending',
  reason text,
  requested_by uuid,
  reviewed_by uuid,
  created_at timestamptz not null,
  reviewed_at timestamptz,
  constraint integration_reviews_pkey primary key (id),
  constraint integration_reviews_integration foreign key (integration_id) references integrations (id) on delete cascade,
  constraint integration_reviews_state check (state in ('pending', 'approved', 'rejected', 'withdrawn'))
);
-- An integration waits in the queue once.
create unique index integration_reviews_pending on integration_reviews (integration_id) where state = 'pending';
create index integration_reviews_of_integration on integration_reviews (integration_id);

-- Immutable: the application's role may neither update nor delete here (db/grants.sql).
create table integration_versions (
  id uuid not null,
  integration_id uuid not null,
  version text collate "C" not null,
  manifest_snapshot json not null,
  variables_schema_snapshot json not null,
  auth_config_snapshot json not null,
  member_entity_versions json not null,
  changelog text,
  -- what installs must know of the manifest without parsing it
  dependencies json not null,
  permissions text[] not null,
  allow_multiple_installs boolean not null,
  published_by uuid,
  published_at timestamptz not null,
  -- sorts as semver has it (`sort_key` in manifest/semver.py)
  precedence text collate "C" not null default '',
  -- bytes of its documents and its changelog
  size integer,
  constraint integration_versions_pkey primary key (id),
  constraint integration_versions_integration foreign key (integration_id) references integrations (id)
);
create index integration_versions_of_integration on integration_versions (integration_id, id);

-- A version string is spent for ever, also after purge; build metadata does not distinguish versions.
create table burnt_versions (
  publisher text collate "C" not null,
  slug text collate "C" not null,
  version text collate "C" not null,
  constraint burnt_versions_pkey primary key (publisher, slug, version)
);

-- Versions that their authors have taken back: nobody new gets them, who has one keeps it. `id`: of the version, whose row
-- never changes.
create table version_yanks (
  id uuid not null,
  integration_id uuid not null,
  reason text not null,
  -- the version of the same integration that is to be used in its place
  replacement_id uuid,
  yanked_by uuid,
  yanked_at timestamptz not null,
  constraint version_yanks_pkey primary key (id),
  constraint version_yanks_version foreign key (id) references integration_versions (id) on delete cascade,
  constraint version_yanks_replacement foreign key (replacement_id) references integration_versions (id) on delete cascade
);
create index version_yanks_of_integration on version_yanks (integration_id);
create index version_yanks_replacements on version_yanks (replacement_id) where replacement_id is not null;

-- A definition in symbolic form, once per digest. `refs`: slugs of members it names; `variables`: names it asks for.
-- `size`: its bytes with ids and without variables; `variable_uses`: three numbers for each variable (`templates.Use`).
create table templates (
  id bigserial not null,
  digest bytea not null,
  body json not null,
  refs text[] not null,
  variables text[] not null,
  size integer,
  variable_uses integer[],
  body_size integer,
  constraint templates_pkey primary key (id),
  constraint templates_digest unique (digest),
  constraint templates_digest_length check (octet_length(digest) = 32)
);

-- A member of a version as published: everything that a reference shows, and the base of every clone.
create table version_members (
  id bigserial not null,
  version_id uuid not null,
  slug text collate "C" not null,
  kind text collate "C" not null,
  entity_slug text collate "C" not null,
  name text not null,
  description text,
  role text collate "C" not null,
  template_id bigint not null,
  source_entity_id uuid not null,
  source_workspace_id uuid not null,
  source_version_id uuid not null,
  required boolean not null,
  default_enabled boolean not null,
  fork_on_install boolean not null,
  depends_on text[] not null,
  constraint version_members_pkey primary key (id),
  constraint version_members_slug unique (version_id, slug),
  constraint version_members_version foreign key (version_id) references integration_versions (id),
  constraint version_members_template foreign key (template_id) references templates (id),
  constraint version_members_role check (role in ('member', 'closure'))
);
-- Whether a template is still needed, asked for each that a purge lets go.
create index version_members_of_template on version_members (template_id);

------------------------------------------------------------------------------------------------------- tenant

-- One row a workspace: its lock. Who changes its installs holds it alone, who edits a clone shares it (docs/adr/0041).
create table workspace_locks (
  id uuid not null,
  workspace_id uuid not null,
  constraint workspace_locks_pkey primary key (id, workspace_id),
  constraint workspace_locks_workspace foreign key (workspace_id) references workspaces (id),
  constraint workspace_locks_one check (id = workspace_id)
);

create table auth_states (
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  type text collate "C" not null,
  hint text not null,
  -- nonce and AES-GCM text of the credentials, bound to this row by its associated data
  credentials bytea not null,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  retention_tier text collate "C",
  constraint auth_states_pkey primary key (id, workspace_id),
  constraint auth_states_workspace foreign key (workspace_id) references workspaces (id),
  constraint auth_states_type check (type in ('api_key', 'oauth2'))
);
create index auth_states_newest on auth_states (workspace_id, id);
create index auth_states_deleted on auth_states (workspace_id, id) where deleted_at is not null;

-- Groups the clones of one install.
create table solutions (
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  description text,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  retention_tier text collate "C",
  constraint solutions_pkey primary key (id, workspace_id),
  constraint solutions_workspace foreign key (workspace_id) references workspaces (id)
);
create index solutions_newest on solutions (workspace_id, id);

-- What the variables of an install were at some time: immutable. Installs, texts that were detached, pinned members and
-- the images of operations name one in place of a copy.
create table variable_states (
  id uuid not null,
  workspace_id uuid not null,
  -- nil: of an install that was purged before states were kept
  install_id uuid not null,
  -- the values that somebody gave, without those that were taken back
  given json not null,
  -- the values that definitions read with: the given ones, and the defaults that the version fills in
  filled json not null,
  created_at timestamptz not null,
  -- bytes of `filled`
  size integer,
  constraint variable_states_pkey primary key (id, workspace_id),
  constraint variable_states_workspace foreign key (workspace_id) references workspaces (id)
);
create index variable_states_of_install on variable_states (install_id);

create table installs (
  id uuid not null,
  workspace_id uuid not null,
  integration_id uuid not null,
  version_id uuid not null,
  auth_state_id uuid,
  member_policy text collate "C" not null,
  parent_install_id uuid,
  solution_id uuid,
  accepted_permissions text[] not null default '{}',
  allow_multiple boolean not null,
  installed_by uuid,
  installed_at timestamptz not null,
  last_upgraded_at timestamptz,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  retention_tier text collate "C",
  variables_id uuid not null,
  -- true while it is active: so nobody purges its integration, and who restores it finds out that somebody did. Null also
  -- where it was installed before this column was there, which is seen by who purges.
  needs_unpurged boolean,
  constraint installs_pkey primary key (id, workspace_id),
  constraint installs_workspace foreign key (workspace_id) references workspaces (id),
  constraint installs_integration foreign key (integration_id) references integrations (id),
  constraint installs_version foreign key (version_id) references integration_versions (id),
  constraint installs_auth_state foreign key (auth_state_id, workspace_id) references auth_states (id, workspace_id),
  constraint installs_parent foreign key (parent_install_id, workspace_id) references installs (id, workspace_id),
  constraint installs_solution foreign key (solution_id, workspace_id) references solutions (id, workspace_id),
  constraint installs_variables foreign key (variables_id, workspace_id) references variable_states (id, workspace_id),
  constraint installs_member_policy check (member_policy in ('auto_all', 'auto_defaults', 'manual')),
  constraint installs_needs_unpurged check (needs_unpurged is null or needs_unpurged),
  constraint installs_unpurged foreign key (integration_id, needs_unpurged) references integrations (id, unpurged)
);
create index installs_of_variables on installs (variables_id);
-- One active install per workspace, integration and parent, unless its manifest allows more.
create unique index installs_one_active
  on installs (workspace_id, integration_id, coalesce(parent_install_id, '00000000-0000-0000-0000-000000000000'))
  where deleted_at is null and not allow_multiple;
create index installs_newest on installs (workspace_id, id);
create index installs_of_integration on installs (integration_id, workspace_id);
-- What a workspace has installed, and of several installs the newest: read with every page of the marketplace.
create index installs_held on installs (workspace_id, integration_id, installed_at desc)
  include (version_id) where deleted_at is null;
create index installs_newest_of_integration on installs (integration_id, id);
-- Counted by version and by day without reading their rows.
create index installs_adoption on installs (integration_id, version_id, installed_at) where deleted_at is null;
create index installs_of_version on installs (version_id);
create index installs_children on installs (parent_install_id) where parent_install_id is not null;
create index installs_auth_states on installs (auth_state_id) where auth_state_id is not null;
create index installs_deleted on installs (id) where deleted_at is not null;

create table entities (
  id uuid not null,
  workspace_id uuid not null,
  -- of a clone: the install that made it
  origin_install_id uuid,
  -- of a clone: the version member it was last given: template, merge base and source version at once.
  -- No foreign key: deleting a version would scan all clones; purge_versions() looks before it deletes.
  base_id bigint,
  version_id uuid not null,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  kind text collate "C" not null,
  slug text collate "C" not null,
  name text not null,
  description text,
  retention_tier text collate "C",
  -- null: a clone without a text of its own, read from its base
  definition json,
  -- the entities that the text names, where it is this row's own: a definition, or a pinned clone's
  refs uuid[],
  -- which document it was imported from, and as what
  import_source text collate "C",
  import_key json,
  -- true: a clone whose description is its base's, and stands there alone
  described_by_base boolean,
  -- of a clone that its version left behind, or an upgrade removed: what it reads its base with from then on. Null: with
  -- the present variables and members of its install.
  pinned_variables_id uuid,
  pinned_ids json,
  -- of a deleted one: a person, or what happened to its install
  deleted_by text collate "C",
  -- bytes of `definition`
  size integer,
  constraint entities_pkey primary key (id, workspace_id),
  constraint entities_workspace foreign key (workspace_id) references workspaces (id),
  constraint entities_origin foreign key (origin_install_id, workspace_id) references installs (id, workspace_id),
  constraint entities_has_definition check (definition is not null or base_id is not null),
  constraint entities_has_refs check ((definition is null and pinned_ids is null) = (refs is null)),
  constraint entities_pinned
    check ((pinned_ids is null) = (pinned_variables_id is null) and (pinned_ids is null or definition is null)),
  constraint entities_deleted_by
    check (deleted_by is null or deleted_at is not null and deleted_by in ('person', 'upgrade', 'uninstall', 'undo'))
) with (fillfactor = 90);
create index entities_newest on entities (workspace_id, id);
-- The texts of a workspace, which are few beside its clones: who names what.
create index entities_naming on entities (workspace_id, id) where refs is not null;
create index entities_of_install on entities (origin_install_id) where origin_install_id is not null;
create unique index entities_own_slug on entities (workspace_id, kind, slug) where origin_install_id is null;
-- Clones that outlived their install, by what they were made of: few.
create index entities_kept on entities (base_id) where origin_install_id is null and base_id is not null;
create index entities_imported on entities (workspace_id, import_source) where import_source is not null;
create index entities_deleted on entities (workspace_id, id)
  where deleted_at is not null and origin_install_id is null;

-- Only definitions that the workspace wrote itself, or wrote down by detaching; immutable.
create table entity_versions (
  id uuid not null,
  workspace_id uuid not null,
  entity_id uuid not null,
  definition json not null,
  refs uuid[] not null,
  -- of a clone: the base, and the variables (a state) and slug → id map it was rendered with
  base_id bigint,
  base_ids json,
  -- of a clone: whether the definition differs from its base so rendered
  edited boolean not null default false,
  created_by uuid,
  created_at timestamptz not null,
  variables_id uuid,
  -- bytes of `definition`
  size integer,
  constraint entity_versions_pkey primary key (id, workspace_id),
  constraint entity_versions_entity foreign key (entity_id, workspace_id) references entities (id, workspace_id)
    on delete cascade
);
create index entity_versions_of_entity on entity_versions (entity_id, id);
create index entity_versions_of_base on entity_versions (base_id) where base_id is not null;
create index entity_versions_of_state on entity_versions (variables_id) where variables_id is not null;

create table install_members (
  -- of a clone: the uuid of its entity
  id uuid not null,
  install_id uuid not null,
  workspace_id uuid not null,
  -- only of a reference: names the author's entity and its pinned version
  base_id bigint,
  -- of a reference that stays while its version goes, with `pinned_variables_id`: slug → id, as it read at that moment
  pinned_ids json,
  added_at timestamptz not null,
  added_by uuid,
  deleted_at timestamptz,
  enabled boolean not null default true,
  detached_by text collate "C",
  slug text collate "C" not null,
  held_paths text[],
  permissions text[],
  retention_tier text collate "C",
  -- of a reference whose text is this install's alone, by its variables or clones; null: the author's version
  version_id uuid,
  pinned_variables_id uuid,
  -- true: a clone with a text of its own that was handed back, so that the next upgrade overwrites it
  handed_back boolean,
  deleted_by text collate "C",
  constraint install_members_pkey primary key (id, workspace_id),
  constraint install_members_install foreign key (install_id, workspace_id) references installs (id, workspace_id),
  constraint install_members_detached_by check (detached_by in ('edit', 'call')),
  constraint install_members_clone_detaches check (detached_by is null or base_id is null),
  constraint install_members_pinned check ((pinned_ids is null) = (pinned_variables_id is null)),
  constraint install_members_handed_back
    check (handed_back is null or handed_back and detached_by is null and base_id is null),
  constraint install_members_deleted_by
    check (deleted_by is null or deleted_at is not null and deleted_by in ('upgrade', 'uninstall', 'undo'))
);
-- A slug stands once in an install; those that went keep their row, so that they can come back under their id.
create unique index install_members_slug
  on install_members (install_id, slug, workspace_id, deleted_at) nulls not distinct;
create index install_members_references on install_members (workspace_id, base_id) where base_id is not null;

-- Every change of an install: who, when, why, and the rows that it touched as they were before (operations/before.py).
create table operations (
  id uuid not null,
  workspace_id uuid not null,
  install_id uuid not null,
  kind text collate "C" not null,
  from_version_id uuid,
  to_version_id uuid,
  before json not null,
  created_by uuid,
  created_at timestamptz not null,
  reason text,
  -- the operation that this one undoes
  undoes uuid,
  -- the key that acted; `created_by` is on whose behalf
  key_id uuid,
  -- how many members it added, updated, removed and left alone; null: of one member, or of a release that did not count
  counts json,
  constraint operations_pkey primary key (id, workspace_id),
  constraint operations_kind check (kind in ('install', 'upgrade', 'edit', 'rename', 'detach', 'attach', 'hold', 'delete',
    'restore', 'reconfigure', 'uninstall', 'reinstate', 'undo')),
  constraint operations_install foreign key (install_id, workspace_id) references installs (id, workspace_id)
    on delete cascade
);
create index operations_of_install on operations (install_id, id);

-- What an upgrade or an undo would do, stored so that it can be done exactly so.
create table upgrade_plans (
  id uuid not null,
  workspace_id uuid not null,
  kind text collate "C" not null,
  state text collate "C" not null,
  install_ids uuid[] not null,
  -- what was asked for, the resolutions of conflicts among it
  request json not null,
  -- each member that does not stay as it is, and what becomes of it; no text and no value of one
  outcomes json not null,
  -- the ids of those members that have rows, in the order of the outcomes
  row_ids uuid[] not null,
  -- SHA-256 of all that was read
  fingerprint bytea not null,
  created_by uuid,
  created_at timestamptz not null,
  constraint upgrade_plans_pkey primary key (id, workspace_id),
  constraint upgrade_plans_workspace foreign key (workspace_id) references workspaces (id),
  constraint upgrade_plans_kind check (kind in ('upgrade', 'undo', 'uninstall')),
  constraint upgrade_plans_state check (state in ('open', 'applied', 'stale'))
);
create index upgrade_plans_newest on upgrade_plans (workspace_id, id);

create table events (
  id uuid not null,
  workspace_id uuid not null,
  type text collate "C" not null,
  subject_prefix text collate "C" not null,
  subject_id uuid not null,
  actor_id uuid,
  data json not null,
  created_at timestamptz not null,
  constraint events_pkey primary key (id, workspace_id),
  constraint events_workspace foreign key (workspace_id) references workspaces (id)
);
create index events_newest on events (workspace_id, id);
create index events_of_subject on events (subject_id, id);

---------------------------------------------------------------------------------------------------- functions

-- The one deleter of published versions: takes those of a purged integration that nothing names any more, their members
-- and the templates that only they used, and the tombstone itself once no version is left. Returns the versions gone.
-- What names a version is looked up from its installs, deleted ones too, and from clones that outlived theirs: never
-- among the rows of everybody.
create function purge_versions(purged uuid) returns integer
  language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  ours uuid[];
  bases bigint[];
  named bigint[];
  doomed uuid[];
  spent bigint[];
begin
  perform 1 from integrations where id = purged and purged_at is not null for update;
  if not found then
    return 0;
  end if;
  ours := array(select i.id from installs i where i.integration_id = purged);
  bases := array(select m.id from version_members m
    where m.version_id in (select v.id from integration_versions v where v.integration_id = purged));
  -- whatever comes to name a base has its line here
  named := array(
    select e.base_id from entities e where e.origin_install_id = any (ours) and e.base_id is not null
    union select e.base_id from entities e where e.origin_install_id is null and e.base_id = any (bases)
    union select ev.base_id from entity_versions ev where ev.base_id = any (bases)
    union select im.base_id from install_members im where im.install_id = any (ours) and im.base_id is not null);
  select array_agg(v.id) into doomed from integration_versions v where v.integration_id = purged
    and v.id not in (select i.version_id from installs i where i.id = any (ours))
    and v.id not in (select o.from_version_id from operations o
      where o.install_id = any (ours) and o.from_version_id is not null)
    and v.id not in (select o.to_version_id from operations o
      where o.install_id = any (ours) and o.to_version_id is not null)
    and v.id not in (select m.version_id from version_members m where m.id = any (named));
  if doomed is not null then
    select array_agg(distinct m.template_id) into spent from version_members m where m.version_id = any (doomed);
    delete from version_members m where m.version_id = any (doomed);
    delete from templates t where t.id = any (spent)
      and not exists (select 1 from version_members m where m.template_id = t.id);
    delete from integration_versions v where v.id = any (doomed);
  end if;
  -- an install row that is still there keeps the tombstone as well
  if cardinality(ours) = 0 then
    delete from integrations i where i.id = purged
      and not exists (select 1 from integration_versions v where v.integration_id = purged);
  end if;
  return coalesce(cardinality(doomed), 0);
end
$$;
revoke all on function purge_versions(uuid) from public;

------------------------------------------------------------------------------------------------------ one server

-- The change log: which transaction changed which watched table. It tells whether a total that was counted earlier still
-- holds. It rests on the transaction ids of one server, so a cluster drops its triggers (db/distribute.py).
create table changes (
  table_name text collate "C" not null,
  -- of a table that is watched by workspace, the workspace whose rows changed; else, and at a truncate, this id
  scope uuid not null default '00000000-0000-0000-0000-000000000000',
  xid xid8 not null default pg_current_xact_id(),
  constraint changes_pkey primary key (table_name, scope, xid)
);

-- Rows of `changes` below this are pruned (db/changes.py): a total counted before it cannot be checked any more.
create table changes_horizon (
  one boolean not null default true,
  xid xid8 not null,
  constraint changes_horizon_pkey primary key (one),
  constraint changes_horizon_one check (one)
);
insert into changes_horizon (xid) values (pg_current_xact_id());

-- Whether this transaction has changed anything. The function that says so counts as unsafe where a statement runs in
-- parallel, and would keep a large count on one processor; asked by the leader alone, as here, it is not.
create function has_written() returns boolean language plpgsql stable parallel restricted as $$
begin
  return pg_current_xact_id_if_assigned() is not null;
end
$$;

create function note_change() returns trigger language plpgsql as $$
begin
  insert into public.changes (table_name) values (tg_table_name) on conflict do nothing;
  return null;
end
$$;

create function note_change_by_workspace() returns trigger language plpgsql as $$
begin
  insert into public.changes (table_name, scope)
    select distinct tg_table_name, c.workspace_id from changed c on conflict do nothing;
  return null;
end
$$;

create trigger workspaces_changes after insert or update or delete or truncate on workspaces
  for each statement execute function note_change();
create trigger workspace_members_changes after insert or update or delete or truncate on workspace_members
  for each statement execute function note_change();
create trigger permissions_changes after insert or update or delete or truncate on permissions
  for each statement execute function note_change();
create trigger integrations_changes after insert or update or delete or truncate on integrations
  for each statement execute function note_change();
create trigger integration_reviews_changes after insert or update or delete or truncate on integration_reviews
  for each statement execute function note_change();
create trigger integration_versions_changes after insert or update or delete or truncate on integration_versions
  for each statement execute function note_change();

-- An install opens an integration to its workspace alone, so it touches nobody else's totals.
create trigger installs_changes_new after insert on installs referencing new table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_old after delete on installs referencing old table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_to after update on installs referencing new table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_from after update on installs referencing old table as changed
  for each statement execute function note_change_by_workspace();
create trigger installs_changes_all after truncate on installs
  for each statement execute function note_change();

-- The kinds of entities beside those that ship with Graft, as the first process had them in its file (GRAFT_KINDS): one
-- row, name → {prefix, schema, merge_keys}. Every process must have the same ones (docs/adr/0018-several-processes.md).
create table kinds (
  one boolean not null default true,
  entries json not null,
  constraint kinds_pkey primary key (one),
  constraint kinds_one check (one)
);

-- What tells the installation's secret (GRAFT_SECRET_KEY) from others, as the first process that started had it: one row,
-- a key derived of it that is used for nothing else. Every process must have the same secret.
create table secret_check (
  one boolean not null default true,
  value bytea not null,
  constraint secret_check_pkey primary key (one),
  constraint secret_check_one check (one)
);
