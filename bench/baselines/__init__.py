"""What Graft is measured against: each as its own documentation would have it, one process, eight connections."""
