"""How long is this book, in words and in tokens? The room of the `epub` kind."""
