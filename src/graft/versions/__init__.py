"""Versions: the immutable snapshots that publishing makes."""
