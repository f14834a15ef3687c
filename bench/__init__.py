"""Benchmarks (`python -m bench`): Graft over HTTP and what it is compared with, measured in turns on one PostgreSQL."""
