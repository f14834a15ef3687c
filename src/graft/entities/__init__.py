"""Entities: the objects of a workspace, their versions, and what one sees of others' through installs."""
