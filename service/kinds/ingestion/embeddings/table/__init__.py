"""The distilled table and its tokenizer, as package data."""
