"""Documents in, answers out: the `ingestion` room."""
