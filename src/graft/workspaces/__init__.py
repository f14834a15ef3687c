"""Workspaces, and what belongs to one: members, keys, publisher names and auth states; and users."""
