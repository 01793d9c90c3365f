"""Ways to turn text into vectors, best offline default first."""
