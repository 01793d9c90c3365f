"""Handing in a session over HTTP."""
