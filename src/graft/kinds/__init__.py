"""Kinds of entities: their declarations, and the check that all processes on one database have the same ones."""
