"""Installs: one workspace's use of one version, its members, and how it moves to another version."""
