"""What our window asks of shipping beside the paths that older programs know."""
