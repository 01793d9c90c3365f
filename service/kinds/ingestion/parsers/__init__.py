"""Readers of files, each a generator of portions: what has been read is never lost by what comes after it."""
