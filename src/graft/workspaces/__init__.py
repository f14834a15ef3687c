"""Workspaces and who is in them: members, users, keys, publishers, auth states."""
