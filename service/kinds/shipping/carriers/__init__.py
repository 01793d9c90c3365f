"""Who carries the parcels: one port, the built-in sandbox, and EasyPost."""
