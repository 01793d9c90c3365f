"""Where documents are kept and found: a port, SQLite behind it, and adapters for other stores."""
