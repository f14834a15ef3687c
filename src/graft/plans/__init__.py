"""Plans: what an upgrade or an undo would do, stored, read field by field, resolved, and done exactly so."""
