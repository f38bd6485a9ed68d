"""The questions for other programs."""
