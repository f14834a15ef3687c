"""What happened to installs: one row a change, with the rows that it touched as they were before."""
