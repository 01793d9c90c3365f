"""The store on SQLite: one writer with group commit, readers beside it."""
