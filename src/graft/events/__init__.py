"""What happened: every change writes its event in the same transaction."""
