"""Runs: what to train, where it is trained, what it said. Only `worker` and `prepare` import torch."""
