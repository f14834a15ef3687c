"""The marketplace as a Django application."""
