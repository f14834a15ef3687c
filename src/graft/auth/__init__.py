"""Who calls, and what the caller may do: tokens, callers, tiers, grants."""
