"""What Graft is compared with: each set up as its own documentation says, one process, eight connections."""
