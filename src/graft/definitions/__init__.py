"""Copy on write: a clone has no text until it is edited; how it is read, and how it is given one of its own."""
