"""From a question to hits that can be cited."""
