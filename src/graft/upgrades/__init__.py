"""Upgrades: an install moves to a newer version, and what its workspace edited is left alone."""
