"""Notes on a conversation: what it was about, what was agreed, what worries; each with the words it rests on."""
