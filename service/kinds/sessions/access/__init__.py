"""Which session a path means, whose it is, and what it has on disk."""
