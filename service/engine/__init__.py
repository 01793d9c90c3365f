"""What makes it move: the line, the runner, the child, the hub. Nothing here knows HTTP or SQL."""
