"""HTTP, and nothing of any slice: endpoints, bodies, parameters, errors → status."""
