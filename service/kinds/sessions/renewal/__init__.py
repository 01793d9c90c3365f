"""Notes that are made again, from the transcript as people left it; earlier ones are kept."""
