"""What happened to an install, who did it and why; and undoing it."""
