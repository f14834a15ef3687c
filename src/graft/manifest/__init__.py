"""What an author writes (manifest, variables schema, auth config, versions and ranges), checked by pure code."""
