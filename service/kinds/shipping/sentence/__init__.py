"""From a sentence to a filter and a service, with every word explained or a question back."""
