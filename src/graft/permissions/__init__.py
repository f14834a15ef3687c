"""Permissions: grants on one integration or entity, to a user, to a workspace, or to everybody."""
