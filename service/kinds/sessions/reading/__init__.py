"""Reading transcripts that others have made: dialogues as text, subtitles, and the JSON of transcription services."""
