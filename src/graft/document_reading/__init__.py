"""OpenAPI documents are read in processes of their own: what one costs in time and memory, it costs nobody else."""
