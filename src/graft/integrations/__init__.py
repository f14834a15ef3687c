"""Integrations: the draft, its state, and who sees it."""
