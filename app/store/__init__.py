"""What is kept: learners, runs, their progress, downloads. Knows no torch, no UI and no Streamlit."""

from app.store.database import DiskFull, StoreError
from app.store.records import (
    ENDED,
    LIVE,
    Download,
    NotYours,
    QueueFull,
    Run,
    RunLost,
    TeacherAnswers,
    UnknownRun,
    checkpoint_path,
    weights_path,
)
from app.store.store import Store, shared

__all__ = [
    "ENDED",
    "LIVE",
    "DiskFull",
    "Download",
    "NotYours",
    "QueueFull",
    "Run",
    "RunLost",
    "Store",
    "StoreError",
    "TeacherAnswers",
    "UnknownRun",
    "checkpoint_path",
    "shared",
    "weights_path",
]
