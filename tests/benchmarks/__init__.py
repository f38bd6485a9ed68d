"""Measurements: `python -m tests.benchmarks NAME` prints lines of `figure value`."""
