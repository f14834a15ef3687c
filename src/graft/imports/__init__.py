"""Imports: a document of another format becomes entities, and a newer one updates the same entities."""
