"""Rows to model and back. The engine and http speak to `port`, never to a driver."""
