"""The `demo` kind: work that behaves, or misbehaves, as it is told."""
