"""Accounts: who may sign in, how they prove it, and what is written down of it."""
