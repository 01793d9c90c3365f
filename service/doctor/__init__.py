"""A look at everything the desk stands on; the command line and the HTTP API both ask here. Nothing is changed."""
