"""Solutions: each groups the clones of one install."""
