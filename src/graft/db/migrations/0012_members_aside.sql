-- Members of a draft that an import took out of the manifest, so that they come back as their author wanted them.
alter table integrations add column members_aside json;
