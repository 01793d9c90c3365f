"""From a recording or a transcript of a conversation to notes, each thing in them with its evidence."""
