"""Benchmarks: Graft over HTTP beside what it is measured against, on one PostgreSQL, in turns (`python -m bench`)."""
