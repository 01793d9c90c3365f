"""From a sentence and a sheet of orders to labels that are never bought twice. The room of the `shipping` kind."""
