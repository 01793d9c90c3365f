"""The `heatsheets` room: from a swimmer's name and a meet's PDF to the events that swimmer swims."""
