"""Read OpenAPI documents in processes of their own, so that a costly one takes time and memory from nobody else."""
