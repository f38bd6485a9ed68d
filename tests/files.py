"""Where the files of a run lie in a test's home."""

from pathlib import Path

from app.catalog import paths
from app.store import files


def checkpoint_path(run_id: str) -> Path:
    return paths.home() / files.checkpoint(run_id)


def weights_path(run_id: str) -> Path:
    return paths.home() / files.weights(run_id)


def snapshots_path(run_id: str) -> Path:
    return paths.home() / files.snapshots(run_id)
