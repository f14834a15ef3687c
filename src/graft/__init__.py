"""Graft: a self-hosted marketplace for workspace integrations on PostgreSQL."""
