"""The phrases that the rules look for, as data: one regular expression a line."""
