"""Who calls, and what may they: tokens, tiers, callers."""
