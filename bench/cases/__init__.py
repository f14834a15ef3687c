"""One module a benchmark; each has `run`, which measures and gives an `Result`."""
