"""Questions and results for other programs."""
