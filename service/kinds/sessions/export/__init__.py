"""A session as a file to take along."""
