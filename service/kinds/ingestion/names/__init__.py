"""Names in a document and what connects them, by rules: no model, every relation with its sentence."""
