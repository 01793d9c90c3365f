"""Recognisers behind one port: embedded pocketsphinx, a local faster-whisper model, an OpenAI-compatible endpoint."""
