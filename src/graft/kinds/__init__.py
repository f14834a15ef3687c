"""Kinds of entities: what a definition of each may be, and that all processes on one database have the same."""
