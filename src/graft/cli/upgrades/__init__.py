"""Upgrades in a terminal: plans, fields, histories and differences as people read them, and the commands that ask."""
